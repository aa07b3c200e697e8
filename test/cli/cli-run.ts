import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { archiveOffline, restoreOffline } from '@nanoclaw/host/app-archive.js';
import { CHANNEL_NAMES, channelSetup, setChannels } from '@nanoclaw/host/app-channel-setups.js';
import { checkHostSandbox } from '@nanoclaw/host/app-check.js';
import { examineHome } from '@nanoclaw/host/app-doctor.js';
import { hostServiceManager, hostServicePlan } from '@nanoclaw/host/app-service.js';
import type { BuildRequest, CliDeps, RunningHost } from '@nanoclaw/host/cli/cli-deps.js';
import { runCli } from '@nanoclaw/host/cli/program.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { lockHome } from '@nanoclaw/host/config/lock-files.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import type { CliHome } from './cli-home.ts';
import { createScreen, type Screen } from './screen.ts';

export interface RunOptions {
  readonly stdin?: string;
  /** Gives the command a terminal of this size. */
  readonly terminal?: { columns: number; rows: number };
  /** Makes single streams terminals. */
  readonly tty?: readonly ('stdin' | 'stdout' | 'stderr')[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly deps?: Partial<CliDeps>;
}

/** A command under way: its streams, its signals, its end. */
export interface CliRun {
  readonly code: Promise<number>;
  readonly screen: Screen;
  stdout(): string;
  stderr(): string;
  type(keys: string): void;
  resize(columns: number): void;
  /** SIGINT or SIGTERM. */
  signal(): void;
  /** How the private host of the command was treated. */
  readonly hostEvents: string[];
  readonly stdoutStream: PassThrough;
}

/** Runs a command line in this process against a home. */
export function startCommand(host: CliHome, argv: string[], options: RunOptions = {}): CliRun {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const isTty = (name: 'stdin' | 'stdout' | 'stderr') =>
    Boolean(options.terminal) || options.tty?.includes(name) === true;
  const size = options.terminal ?? { columns: 80, rows: 24 };
  const screenSize = { ...size };
  const screen = createScreen(screenSize);
  const hostEvents: string[] = [];
  Object.assign(stdin, { isTTY: isTty('stdin'), setRawMode: (isRaw: boolean) => hostEvents.push(`raw ${isRaw}`) });
  Object.assign(stdout, { isTTY: isTty('stdout'), ...size });
  Object.assign(stderr, { isTTY: isTty('stderr'), ...size });
  if (options.stdin !== undefined) stdin.end(options.stdin);
  const heard = { stdout: '', stderr: '' };
  stdout.setEncoding('utf8').on('data', (text: string) => {
    heard.stdout += text;
    screen.write(text);
  });
  stderr.setEncoding('utf8').on('data', (text: string) => {
    heard.stderr += text;
  });
  const listeners = new Set<() => void>();
  const environment = { NANOCLAW_HOME: host.home, TZ: 'UTC', ...options.environment };
  let ticks = 0;
  const deps: CliDeps = {
    config: () => loadConfig(environment, host.home),
    paths: (config) => homePaths(config.home),
    version: '2.0.0',
    checkout: host.home,
    environment: process.env,
    async startHost(_config, { report, logTo }) {
      hostEvents.push(`start, log to ${logTo}`);
      report('sandbox: bubblewrap');
      await host.start();
      return aRunningHost(host, hostEvents);
    },
    openHome() {
      mkdirSync(join(host.home, 'data'), { recursive: true });
      const unlock = lockHome(host.paths.lock);
      hostEvents.push('home opened');
      return {
        manage: host.manage,
        manageTasks: host.manageTasks,
        usage: host.usage,
        memory: host.memory,
        asked: host.asked,
        close() {
          hostEvents.push('home closed');
          unlock();
        },
      };
    },
    driver: async () => host.driver,
    checkSandbox: (config, report) => checkHostSandbox(config, process.env, report),
    doctor: (request) => examineHome(environment, '2.0.0', request),
    backup: (config, request) => archiveOffline(config, request, '2.0.0'),
    restore: restoreOffline,
    tryOut: async () => undefined,
    async buildImage(_config, request: BuildRequest) {
      request.report(`base ${request.base}, browser ${request.browser}`);
      return { image: 'nanoclaw-agent:latest', build: 'abc123' };
    },
    serviceManager: (config, wanted) => hostServiceManager(config, wanted, environment),
    servicePlan: (config, name) => hostServicePlan(config, name, environment),
    notifier: { ready: async () => undefined, stopping: async () => undefined },
    channels: { names: CHANNEL_NAMES, setup: channelSetup, set: (config) => setChannels(config, environment) },
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    onStopSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    now: () => (ticks += 1_500),
    sleep: systemClock.sleep,
    ...options.deps,
  };
  return {
    code: runCli(argv, deps),
    screen,
    hostEvents,
    stdoutStream: stdout,
    stdout: () => heard.stdout,
    stderr: () => heard.stderr,
    type: (keys) => void stdin.write(keys),
    resize(columns) {
      screenSize.columns = columns;
      Object.assign(stdout, { columns });
      stdout.emit('resize');
    },
    signal() {
      for (const listener of [...listeners]) listener();
    },
  };
}

/** Runs a command line to its end. */
export async function runCommand(host: CliHome, argv: string[], options: RunOptions = {}) {
  const run = startCommand(host, argv, options);
  const code = await run.code;
  return { code, stdout: run.stdout(), stderr: run.stderr(), hostEvents: run.hostEvents };
}

function aRunningHost(host: CliHome, events: string[]): RunningHost {
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ending ??= host.stop();
    return ending;
  };
  return {
    local: host.local,
    about: aboutHost(host),
    hasPage: () => host.status.web !== null,
    status: async () => host.status,
    openPage: async () => 'http://127.0.0.1:4321/login?code=once',
    drain() {
      events.push('drain');
      return end();
    },
    stopNow() {
      events.push('stop now');
      return end();
    },
  };
}

/** What a host says of itself at start, as its status has it. */
export function aboutHost({ status }: CliHome): RunningHost['about'] {
  return { assistantName: status.assistantName, model: status.model.detail, sandbox: status.sandbox.driver };
}
