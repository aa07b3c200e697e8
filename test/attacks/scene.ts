import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readRecord } from '@nanoclaw/host/store/record-files.js';
import { type Engine, engines } from '../e2e/engines.ts';
import { aHost, type HostOptions, type HostUnderTest, registerChat } from '../e2e/host-under-test.ts';
import { podmanProductEngine } from '../e2e/podman-product.ts';

const run = promisify(execFile);

/** Every driver that is here, each with what keeps it from being used. */
export async function attackedEngines(): Promise<Engine[]> {
  return [...(await engines()), podmanProductEngine()];
}

/** Who attacks and who is attacked: two chats of one host, neither of them main. The model does what it is told. */
export interface Scene {
  readonly under: HostUnderTest;
  readonly mallory: string;
  readonly victim: string;
  /** A folder of the host's that no sandbox sees. */
  readonly outside: string;
  /** Runs a script as the agent of a chat; gives what it printed. */
  inside(script: string, chat?: string): Promise<string>;
  /** Where the host keeps something, such as `groups/victim`. */
  path(...parts: string[]): string;
  /** What the record says of a kind of event, without what differs from run to run. */
  recorded(kind: string): Record<string, unknown>[];
  /** Starts the host anew on the same home, so that the next question of any chat starts another sandbox. */
  newRun(): Promise<void>;
  end(): Promise<void>;
}

export async function aScene(engine: Engine, options: Omit<HostOptions, 'engine'> = {}): Promise<Scene> {
  const under = await aHost({ engine, ...options });
  const outside = mkdtempSync(join(tmpdir(), 'nanoclaw-outside-'));
  const mallory = await registerChat(under, 'mallory');
  const victim = await registerChat(under, 'victim');
  const path = (...parts: string[]): string => join(under.home, ...parts);
  let serial = 0;
  return {
    ...{ under, mallory, victim, outside, path },
    async inside(script, chat = mallory) {
      serial += 1;
      const folder = chat.replace('local:', '');
      const file = `attack-${serial}.sh`;
      // From outside, because a chat message carries no script of several lines to the practice model.
      writeFileSync(path('groups', folder, file), script, { mode: 0o644 });
      return under.ask(`run \`bash /workspace/group/${file} 2>&1; echo "ended $?"\``, chat);
    },
    recorded: (kind) =>
      readRecord(path('data', 'logs', 'record.jsonl'))
        .entries.filter((entry) => entry.kind === kind)
        .map(({ group, detail }) => ({ group, ...detail })),
    newRun: () => under.restart(),
    async end() {
      await under.end();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

/** The same script without a sandbox around it: what shows that the attack works where nothing stops it. */
export async function outsideOfSandbox(script: string, environment: Record<string, string> = {}): Promise<string> {
  const options = { env: { ...process.env, ...environment }, timeout: 60_000 };
  const { stdout, stderr } = await run('bash', ['-c', script], options).catch((error) => error);
  return `${stdout}${stderr}`;
}
