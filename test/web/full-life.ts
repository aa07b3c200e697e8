import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveAgent } from '@nanoclaw/host/agents/live-agents.js';
import { askApproval } from '@nanoclaw/host/flows/ask-approval.js';
import { changeGroup, registerGroup } from '@nanoclaw/host/flows/manage-groups.js';
import { scheduleTask } from '@nanoclaw/host/flows/manage-tasks.js';
import { keepMemory } from '@nanoclaw/host/flows/memory-history.js';
import type { FullHost } from './full-host.ts';

const DAY_MS = 86_400_000;

/** A host that has been used for a while: something to see on every page. */
export function liveAWhile(host: FullHost): void {
  groupsOf(host);
  conversationOf(host);
  tasksOf(host);
  usageOf(host);
  memoryOf(host);
  askForDomain(host, 'api.train.example');
  const turn = { turn: { id: 'turn-1' }, input: 0 } as LiveAgent['openTurns'][number];
  const print = host.runAgent('main', { openTurns: [turn] });
  print('stderr: session begun\nstdout: reading CLAUDE.md\nstdout: running `ls -la`\n');
  host.runAgent('family', { phase: 'resting' });
  host.health.received('local');
  host.health.sent('local');
  host.health.received('telegram');
  host.health.failed('telegram', 'the platform is busy: 429');
  host.stores.invariants.violated('lost-wake-up', 'tg:-100 after 12', Date.now() - DAY_MS);
}

/** An agent wishes to reach a host that its owner has not listed. */
export function askForDomain({ asked }: FullHost, subject: string): number {
  const wish = `The agent of \`main\` wishes to reach \`${subject}\`.`;
  const verdict = askApproval(asked, {
    groupFolder: 'main',
    kind: 'domain',
    subject,
    wish,
    details: {},
    user: 'run-1',
  });
  if (verdict.kind !== 'waiting') throw new Error(`not asked: ${JSON.stringify(verdict)}`);
  return verdict.id;
}

function groupsOf({ manage, stores }: FullHost): void {
  const deps = manage.manageGroups;
  registerGroup(deps, { jid: 'tg:-1001', name: 'Family', folder: 'family', egress: 'allowlist', dailyBudgetUsd: 2 });
  registerGroup(deps, { jid: 'slack:C07', name: 'Team', folder: 'team', trigger: '@Andy', model: 'claude-haiku-4-5' });
  const mounts = [{ hostPath: '~/photos', readonly: true }];
  changeGroup(deps, stores.groups.ofFolder('family')!, { mounts });
  const seen = { jid: 'tg:-2002', name: 'Running club', channel: 'telegram', isGroup: true };
  stores.messages.ensureChat(seen as Parameters<typeof stores.messages.ensureChat>[0]);
}

function conversationOf(host: FullHost): void {
  const main = 'local:main';
  const mine = { sender: 'local:owner', senderName: 'Owner', isFromMe: true };
  const at = (minutesAgo: number) => ({ timestamp: new Date(Date.now() - minutesAgo * 60_000).toISOString() });
  host.hear(main, 'What is on my list for today?', { ...mine, ...at(18) });
  host.hear(
    main,
    'Three things:\n\n1. **Call the dentist** before noon\n2. Send the signed lease to Jo\n3. Water the plants\n\nI can draft the mail to Jo if you like.',
    { fromAssistant: true, ...at(17) },
  );
  host.hear(main, 'Yes please, and remind me of the dentist at half past ten', { ...mine, ...at(12) });
  host.hear(
    main,
    'Done. The draft is in `drafts/lease.md`:\n```\nHi Jo,\nthe signed lease is attached.\n```\nI remind you at 10:30.',
    { fromAssistant: true, ...at(11) },
  );
  host.hear('tg:-1001', '@Andy what shall we cook tonight?', at(30));
  host.hear('tg:-1001', 'There is pumpkin left: soup, with the bread from yesterday.', {
    fromAssistant: true,
    ...at(29),
  });
}

function tasksOf({ manage, stores }: FullHost): void {
  const main = stores.groups.main()!;
  const family = stores.groups.ofFolder('family')!;
  const daily = scheduleTask(manage.manageTasks, main, {
    prompt: 'Read my calendar and the weather, and tell me in five lines what the day brings.',
    schedule_type: 'cron',
    schedule_value: '0 7 * * 1-5',
  });
  scheduleTask(manage.manageTasks, family, {
    prompt: 'Ask who needs something from the shop, and write the list.',
    schedule_type: 'interval',
    schedule_value: '604800000',
    context_mode: 'isolated',
  });
  const now = Date.now();
  stores.taskRuns.claimNow(daily.id, now - DAY_MS);
  stores.taskRuns.finish(
    stores.taskRuns.claimed()[0]!,
    { status: 'success', result: 'Rain until noon. One meeting, at three. The dentist called back.' },
    { now: now - DAY_MS, durationMs: 41_000 },
  );
}

function usageOf({ stores }: FullHost): void {
  for (let day = 0; day < 21; day++) {
    const model = day % 3 === 0 ? 'claude-haiku-4-5' : 'claude-sonnet-4-5';
    const groupFolder = day % 4 === 1 ? 'family' : 'main';
    const size = 3_000 + ((day * 7_919) % 11) * 2_500;
    stores.requests.add({
      ...{ groupFolder, runId: `run-${day}`, model, status: 200, now: Date.now() - day * DAY_MS },
      ...{ inputTokens: size, outputTokens: size / 10, cacheReadTokens: size * 4, cacheWriteTokens: 0 },
      costUsd: size / 90_000,
    });
  }
}

function memoryOf({ manage, paths, stores }: FullHost): void {
  const file = join(paths.groups, 'main', 'CLAUDE.md');
  const main = stores.groups.main()!;
  keepMemory(manage.memory, main, null);
  writeFileSync(file, '# Andy\n\n- Short answers\n- The dentist is Dr. Weber, 030 1234\n');
  keepMemory(manage.memory, main, 'run-1');
  writeFileSync(file, '# Andy\n\n- Short answers\n- The dentist is Dr. Weber, 030 1234\n- Jo rents out the flat\n');
  keepMemory(manage.memory, main, 'run-2');
  const { record } = stores;
  const now = Date.now();
  const detail = { host: 'api.weather.example', port: 443, verdict: 'allowed', bytes: 5_120 };
  record.add({ kind: 'egress', group: 'main', detail, now });
  record.add({ kind: 'send', group: 'main', detail: { chat: 'local:main', chars: 182 }, now });
}
