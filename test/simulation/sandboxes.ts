import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Clock } from '@nanoclaw/host/kernel/clock.js';
import type { RunningSandbox, SandboxDriver, SandboxExit } from '@nanoclaw/host/sandboxes/sandbox.js';
import type { SandboxSpec } from '@nanoclaw/host/sandboxes/spec.js';
import type { OutputBlock } from '@nanoclaw/protocol';
import { AgentInput, CLOSE_FILE, formatFrame, inputNumber, MAILBOX, SANDBOX_PATHS } from '@nanoclaw/protocol';
import type { Chance } from './chance.ts';

/** How often a sandbox looks for input, in milliseconds of the simulated clock. */
const LOOK_MS = 1_000;

export interface SimulatedSandboxes {
  readonly driver: SandboxDriver;
  /** Folders of the groups whose sandbox lives, one entry a sandbox. */
  live(): string[];
  /** Ends one of them from outside, as the machine would. */
  kill(exit: SandboxExit): void;
  /** Tokens that an agent chose to be silent about. */
  readonly silenced: Set<string>;
  /** False while the engine does not answer. */
  isUp: boolean;
  /** Probability that an agent's turn goes wrong. */
  trouble: number;
}

interface Living {
  readonly spec: SandboxSpec;
  end(exit: SandboxExit): void;
}

/** Agents that answer what they are asked, misbehave now and then, and know only the wire protocol. */
export function createSandboxes(deps: { clock: Clock; chance: Chance; isDead: () => boolean }): SimulatedSandboxes {
  const alive = new Set<Living>();
  const silenced = new Set<string>();
  const world: SimulatedSandboxes = {
    driver: {
      kind: 'bubblewrap',
      available: async () =>
        world.isUp ? { ok: true, detail: 'simulated' } : { ok: false, reason: 'down', remedy: 'wait' },
      image: async () => ({ phase: 'ready' }),
      commandLine: (spec) => ['simulated', spec.name],
      start,
      list: async () => [...alive].map(({ spec }) => ({ ...spec })),
      stop: async () => false,
    },
    live: () => [...alive].map(({ spec }) => spec.groupFolder),
    kill: (exit) => deps.chance.pick([...alive]).end(exit),
    silenced,
    isUp: true,
    trouble: 0.1,
  };

  function start(spec: SandboxSpec): RunningSandbox {
    if (deps.isDead()) throw new Error('the host is dead');
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    let settle: (exit: SandboxExit) => void = () => undefined;
    const exited = new Promise<SandboxExit>((resolve) => {
      settle = resolve;
    });
    let hasEnded = false;
    const living: Living = {
      spec,
      end(exit) {
        if (hasEnded || deps.isDead()) return;
        hasEnded = true;
        alive.delete(living);
        settle(exit);
        stdout.end();
        stderr.end();
      },
    };
    const running: RunningSandbox = {
      name: spec.name,
      stdin,
      stdout,
      stderr,
      exited,
      async stop() {
        living.end({ kind: 'killed', signal: 'SIGKILL' });
        await exited;
      },
    };
    if (!world.isUp) {
      queueMicrotask(() => living.end({ kind: 'never-started', detail: 'the engine is down' }));
      return running;
    }
    alive.add(living);
    let text = '';
    stdin.setEncoding('utf8');
    stdin.on('data', (chunk: string) => {
      text += chunk;
    });
    stdin.on('end', () => {
      const agent = new Agent({ ...deps, world, spec, stdout, isEnded: () => hasEnded || deps.isDead() }, text);
      void agent.live().then((exit) => living.end(exit));
    });
    return running;
  }

  return world;
}

interface AgentDeps {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly world: SimulatedSandboxes;
  readonly spec: SandboxSpec;
  readonly stdout: PassThrough;
  isEnded(): boolean;
}

/** Tokens of questions (`q`) and tasks (`k`, `i`) in a text, each once. */
export function tokensIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\b[qki]\d+\b/g)].map(([token]) => token))];
}

class Agent {
  private readonly deps: AgentDeps;
  private readonly input: AgentInput;
  private readonly mailbox: string;
  private ack = 0;
  private requests = 0;

  constructor(deps: AgentDeps, stdin: string) {
    this.deps = deps;
    this.input = AgentInput.parse(JSON.parse(stdin));
    this.mailbox = deps.spec.mounts.find(({ target }) => target === SANDBOX_PATHS.ipc)?.source ?? '';
  }

  async live(): Promise<SandboxExit> {
    const { clock } = this.deps;
    let prompt: string | undefined = this.input.prompt;
    while (!this.deps.isEnded()) {
      if (prompt !== undefined) {
        const exit = await this.turn(prompt);
        if (exit) return exit;
      }
      prompt = this.takeInput();
      if (prompt !== undefined) continue;
      if (existsSync(join(this.mailbox, MAILBOX.input, CLOSE_FILE))) break;
      await clock.sleep(LOOK_MS);
    }
    return { kind: 'exited', code: 0 };
  }

  /** One turn; an exit when the sandbox dies of it. */
  private async turn(first: string): Promise<SandboxExit | undefined> {
    const { chance, clock, world } = this.deps;
    let prompt = first;
    await clock.sleep(chance.between(1, chance.is(0.1) ? 40_000 : 4_000));
    if (this.deps.isEnded()) return { kind: 'exited', code: 0 };
    for (const token of tokensIn(questions(prompt))) if (chance.is(0.3)) this.request(`t:${token}`);
    if (chance.is(0.2)) this.emit({ result: null, newSessionId: `s-${this.input.groupFolder}` });
    if (chance.is(0.5)) await clock.sleep(chance.between(1, 3_000));
    if (this.deps.isEnded()) return { kind: 'exited', code: 0 };
    // Steering: what came meanwhile is read at the next step and answered with the rest.
    while (chance.is(0.7)) prompt += this.takeInput() ?? '';
    if (chance.is(world.trouble)) return await this.misbehave();
    const tokens = tokensIn(questions(prompt));
    if (chance.is(0.1)) {
      for (const token of tokens) world.silenced.add(token);
      this.emit({ result: chance.pick([null, '<internal>nothing to say</internal>']), ack: this.ack });
    } else {
      const text = chance.is(0.2) ? `a:${tokens.join(',')}|more` : `a:${tokens.join(',')}`;
      this.emit({ result: text, ack: this.ack, newSessionId: `s-${this.input.groupFolder}` });
    }
    return undefined;
  }

  private async misbehave(): Promise<SandboxExit> {
    const { chance } = this.deps;
    const kind = chance.pick(['die', 'oom', 'overloaded', 'auth', 'hang', 'rate-limit'] as const);
    if (kind === 'die') return { kind: 'exited', code: 1 };
    if (kind === 'oom') return { kind: 'out-of-memory' };
    if (kind === 'hang') return new Promise(() => undefined);
    this.emit({ status: 'error', errorKind: kind, error: kind });
    return { kind: 'exited', code: 1 };
  }

  private takeInput(): string | undefined {
    const directory = join(this.mailbox, MAILBOX.input);
    const name = readdirSync(directory)
      .filter((entry) => inputNumber(entry) !== undefined)
      .sort()[0];
    if (name === undefined) return undefined;
    const document = JSON.parse(readFileSync(join(directory, name), 'utf8')) as { type: string; text?: string };
    rmSync(join(directory, name));
    this.ack = inputNumber(name) ?? this.ack;
    return document.type === 'message' ? (document.text ?? '') : undefined;
  }

  private request(text: string): void {
    const name = `${String(++this.requests).padStart(4, '0')}.json`;
    const folder = join(this.mailbox, MAILBOX.messages);
    writeFileSync(join(folder, `.${name}`), JSON.stringify({ type: 'message', chatJid: this.input.chatJid, text }));
    renameSync(join(folder, `.${name}`), join(folder, name));
  }

  private emit(block: Partial<OutputBlock>): void {
    const nonce = this.input.nonce === undefined ? {} : { nonce: this.input.nonce };
    this.deps.stdout.write(formatFrame({ status: 'success', result: null, ...nonce, ...block }));
  }
}

/** What people asked: the reminder of an earlier attempt quotes answers, and is no question. */
function questions(prompt: string): string {
  return prompt.replaceAll(/<earlier_attempt>.*<\/earlier_attempt>/gs, '');
}
