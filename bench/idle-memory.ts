import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claudeProgram, cleanEnvironment, makePlace, runnerOptions } from './bare-session.ts';
import { MAIN_CHAT } from './bench-home.ts';
import { startLiveHost } from './live-host.ts';
import { messagePrompt } from './message-prompt.ts';
import { familyOf, type Memory, memoryOf, nameOf } from './processes.ts';
import { startRecordingModel } from './recording-model.ts';
import { alternate, type Row, type UsableDriver } from './row.ts';
import { endsOnce } from './tidy-up.ts';

const RUNS = 3;
/** Right after an answer both still tidy up. */
const SETTLE_MS = 5_000;
const MEGABYTE = 2 ** 20;

export const idleMemory: Row = {
  id: 'B10',
  title: 'resident memory of an idle sandbox',
  dependsOnDriver: true,
  async measure({ runs = RUNS }, driver) {
    const proportional = { ours: [] as number[], floor: [] as number[] };
    let members = '';
    const samples = await alternate({
      count: runs,
      async ours() {
        const found = await idleSandbox(driver);
        members = found.names.join(', ');
        proportional.ours.push(found.memory.proportional / MEGABYTE);
        return found.memory.resident / MEGABYTE;
      },
      async floor() {
        const memory = await idleBareSession();
        proportional.floor.push(memory.proportional / MEGABYTE);
        return memory.resident / MEGABYTE;
      },
    });
    const what = `${this.title} (${driver.kind})`;
    const shares = [proportional.ours, proportional.floor].map((list) => list.slice(1).map((one) => one.toFixed(0)));
    const notes = [
      `sum of VmRSS (MB), seen from outside, the last time: ${members}`,
      `with shared pages divided (PSS), MB: ours ${shares[0]?.join(', ')}; floor ${shares[1]?.join(', ')}`,
    ];
    const rule = { by: 'ratio', atMost: 1.1 } as const;
    return [{ phase: 'measured', row: this.id, what, unit: 'MB', ...samples, rule, notes }];
  },
};

const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(0);

/**
 * The processes of the sandbox after a turn. Of bubblewrap that includes what made it; Docker's client on the host, which
 * holds the streams, is named beside it and not counted: it is no part of the sandbox.
 */
async function idleSandbox(driver: UsableDriver): Promise<{ memory: Memory; names: string[] }> {
  const host = await startLiveHost({ driver });
  try {
    const before = new Set(familyOf(process.pid));
    await host.timeToModel(MAIN_CHAT, 'hello');
    await host.answered(MAIN_CHAT);
    await sleep(SETTLE_MS);
    const own = familyOf(process.pid).filter((pid) => !before.has(pid));
    const { live } = await host.running.status();
    const inside = driver.kind === 'docker' ? live.flatMap(({ sandbox }) => containerFamily(driver, sandbox)) : [];
    const pids = driver.kind === 'docker' ? inside : own;
    const around = driver.kind === 'docker' ? own : [];
    if (live.length === 0) throw new Error('the sandbox was gone before its memory was read');
    return {
      memory: memoryOf(pids),
      names: [...pids.map(described), ...around.map((pid) => `not counted: ${described(pid)}`)],
    };
  } finally {
    await host.end();
  }
}

const described = (pid: number): string => `${nameOf(pid)} ${megabytes(memoryOf([pid]).resident)}`;

function containerFamily({ environment }: UsableDriver, name: string): number[] {
  const args = ['container', 'inspect', '--format', '{{.State.Pid}}', name];
  return familyOf(Number(execFileSync('docker', args, { env: environment, encoding: 'utf8' })));
}

/** Node with the Agent SDK, and its client, after the same turn. */
async function idleBareSession(): Promise<Memory> {
  const model = await startRecordingModel();
  const place = makePlace();
  const { mcpServers: _, stderr: __, ...options } = runnerOptions(place, model.url);
  const program = join(import.meta.dirname, 'bare-session-process.mjs');
  const child = spawn(process.execPath, [program], { env: cleanEnvironment(place) });
  child.stderr.resume();
  const ended = once(child, 'exit');
  const end = endsOnce(async () => {
    child.stdin.end();
    child.kill();
    await ended;
  });
  try {
    const given = { ...options, pathToClaudeCodeExecutable: claudeProgram() };
    child.stdin.write(`${JSON.stringify({ options: given, text: messagePrompt(1, 'hello') })}\n`);
    await Promise.race([
      once(child.stdout, 'data'),
      ended.then(() => Promise.reject(new Error('the bare session ended by itself'))),
    ]);
    await sleep(SETTLE_MS);
    return memoryOf(familyOf(child.pid ?? 0));
  } finally {
    await end();
    await model.close();
    await place.remove();
  }
}
