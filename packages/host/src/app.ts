import { openQuestions } from './app-approvals.ts';
import { archiveDeps } from './app-archive.ts';
import { startBackups } from './app-backup.ts';
import type { Base } from './app-base.ts';
import { configuredChannels } from './app-channels.ts';
import { SYSTEM_NATURE } from './app-chats.ts';
import { awaitHostDriver } from './app-drivers.ts';
import { type Engine, startEngine } from './app-engine.ts';
import { startFaces } from './app-faces.ts';
import { openWayOut } from './app-gateway.ts';
import { startHousekeeping } from './app-housekeeping.ts';
import { manageAll, manageDeps, NOBODY_TOLD } from './app-manage.ts';
import { rulesProblems } from './app-rules.ts';
import { openHomeStores } from './app-upgrade.ts';
import type { OfflineHome, Report, RunningHost } from './cli/cli-deps.ts';
import { type Config, configuredSecrets, type Environment } from './config/config.ts';
import { type HomePaths, homePaths, prepareHome } from './config/home-files.ts';
import { installationId } from './config/installation-files.ts';
import { lockHome } from './config/lock-files.ts';
import { describeHost, type HostStatus } from './flows/host-status.ts';
import { makeArchive } from './flows/make-archive.ts';
import { ensureMainGroup } from './flows/manage-groups.ts';
import { createTurnTimings } from './flows/turn-timings.ts';
import type { DialDeps } from './gateway/dial.ts';
import { systemClock } from './kernel/clock.ts';
import { NanoError } from './kernel/errors.ts';
import { createLifecycle } from './kernel/lifecycle.ts';
import { createPinoLog } from './kernel/pino-log.ts';
import { stopOrphans } from './sandboxes/orphans.ts';

/** How long a drain waits for turns and deliveries in flight, in milliseconds. */
export const DRAIN_GRACE_MS = 10_000;

export interface HostOptions {
  readonly report: Report;
  readonly logTo: 'stderr' | 'file';
  readonly environment: Environment;
  readonly version: string;
  /** Asks a host that is still waiting for its sandbox engine to give up. */
  readonly signal?: AbortSignal;
  /** How the sandbox driver is found; tests bring their own. */
  readonly chooseDriver?: typeof awaitHostDriver;
  /** How hosts of the internet are found and which addresses are of it; tests have their own internet. */
  readonly dial?: DialDeps;
}

/**
 * Starts the host: lock, sandbox, database, gateway, loops, faces, in this order, each stopped in reverse. Throws
 * NanoError with one sentence, and then nothing is left running.
 */
export async function startHost(config: Config, options: HostOptions): Promise<RunningHost> {
  const paths = homePaths(config.home);
  prepareHome(paths);
  const unlock = lockHome(paths.lock);
  const { log, flush, rotate } = openLog(config, paths, options);
  const lifecycle = createLifecycle(log);
  lifecycle.started('lock', unlock);
  lifecycle.started('log', flush);
  try {
    const base = await prepareBase({ config, paths, lifecycle, log }, options);
    startHousekeeping(base, rotate);
    return await startParts(base, options);
  } catch (error) {
    await lifecycle.stopAll();
    throw error;
  }
}

function openLog(config: Config, paths: HomePaths, options: HostOptions) {
  return createPinoLog({
    level: config.variables.LOG_LEVEL,
    file: `${paths.logs}/host.log`,
    alsoStderr: options.logTo === 'stderr',
    secrets: configuredSecrets(config),
  });
}

async function prepareBase(
  known: Pick<Base, 'config' | 'paths' | 'lifecycle' | 'log'>,
  options: HostOptions,
): Promise<Base> {
  const { config, paths, lifecycle, log } = known;
  for (const notice of [...config.notices, ...rulesProblems(config.configHome)]) options.report(`note: ${notice}`);
  const installation = installationId(paths.installationFile);
  const choose = options.chooseDriver ?? awaitHostDriver;
  const choice = await choose(config, installation, options.environment, options);
  options.report(`sandbox: ${choice.driver.kind} (${choice.why})`);
  const image = await choice.driver.image();
  if (image.phase === 'missing') throw new NanoError('image-missing', `${image.reason}: run ${image.remedy}`);
  if (image.phase === 'outdated') options.report(`${image.reason}: run ${image.remedy}`);
  await stopOrphans(choice.driver, log);
  const { stores, notices } = openHomeStores(config, paths);
  for (const notice of notices) {
    options.report(`note: ${notice}`);
    log.warn('home.upgrade-notice', { notice });
  }
  lifecycle.started('store', () => {
    stores.database.close();
  });
  const interrupted = stores.turns.failRunning('host-died', systemClock.now());
  if (interrupted > 0) log.warn('recover.turns-found-running', { turns: interrupted });
  return { ...known, installation, choice, stores };
}

async function startParts(base: Base, options: HostOptions): Promise<RunningHost> {
  const { config, paths, stores, lifecycle, log, choice } = base;
  ensureMainGroup(manageDeps(config, paths, stores, systemClock.now));
  const timings = createTurnTimings(systemClock.now);
  // Nobody wishes for anything before the engine is there.
  const approvals = () => engine.asked;
  const { tokens, model, outgoing } = await openWayOut(base, { dial: options.dial, watch: timings, approvals });
  options.report(`model: ${model.detail}`);

  const channels = await configuredChannels(base, SYSTEM_NATURE);
  const engine: Engine = startEngine(base, tokens, { channels, timings });
  outgoing.subscribe(engine.deliverer.wake);
  const fixed = {
    pid: process.pid,
    version: options.version,
    home: paths.home,
    startedAt: new Date(systemClock.now()).toISOString(),
    assistantName: config.variables.ASSISTANT_NAME,
    model,
  };
  const database = startBackups(base);
  const { liveAgents, queue, health } = engine;
  const sources = { ...stores, liveAgents, queue: queue.state, channels: engine.channels, health };
  const pulse = (web: HostStatus['web'], problem = {}): HostStatus => {
    const sandbox = { driver: choice.driver.kind, detail: choice.why, ...problem };
    return describeHost({ ...sources, now: systemClock.now }, { ...fixed, sandbox, web, database: database() });
  };
  const status = async (web: HostStatus['web']): Promise<HostStatus> => {
    const state = await choice.driver.available();
    return pulse(web, state.ok ? {} : { problem: `${state.reason}: run ${state.remedy}` });
  };
  const faces = await startFaces({
    config,
    paths,
    local: engine.local,
    timings: timings.list,
    ...engine.manage,
    channels: engine.channels,
    asked: engine.asked,
    driver: choice.driver,
    backup: (request) => makeArchive(archiveDeps(paths, stores.database, options.version), request),
    status,
    pulse,
    live: liveAgents.list,
    say: engine.say,
    openPairing: engine.pairing.open,
    lifecycle,
    log,
  });
  log.info('host.ready', {
    sandbox: choice.driver.kind,
    model: model.kind,
    groups: stores.groups.list().length,
  });
  const about = {
    assistantName: config.variables.ASSISTANT_NAME,
    model: model.detail,
    sandbox: choice.driver.kind,
  };
  return hostHandle(base, engine, {
    about,
    hasPage: () => faces.web() !== null,
    status: () => status(faces.web()),
    openPage: faces.openPage,
  });
}

/** Stopping, in its two forms. Both end in the same way; the second does not wait. */
function hostHandle(
  base: Base,
  engine: Engine,
  known: Pick<RunningHost, 'about' | 'hasPage' | 'status' | 'openPage'>,
): RunningHost {
  let ending: Promise<void> | undefined;
  const hurry = new AbortController();

  async function end(): Promise<void> {
    base.log.info('host.stopping', { live: engine.liveAgents.list().length });
    engine.stopAccepting();
    const grace = systemClock.sleep(DRAIN_GRACE_MS, hurry.signal);
    await Promise.race([engine.settle(), grace]);
    hurry.abort();
    await engine.liveAgents.stopAll();
    await engine.queue.stop();
    // What was cut off here was ended on purpose: it says nothing against the turn.
    base.stores.turns.failRunning('host-stopped', systemClock.now());
    base.log.info('host.stopped');
    await base.lifecycle.stopAll();
  }
  const drain = (): Promise<void> => {
    ending ??= end();
    return ending;
  };
  return {
    ...known,
    local: engine.local,
    drain,
    stopNow() {
      hurry.abort();
      return drain();
    },
  };
}

/** Opens a home that no host runs on, for commands. Throws 'home-locked' when one does. */
export function openOfflineHome(config: Config): OfflineHome {
  const paths = homePaths(config.home);
  prepareHome(paths);
  const unlock = lockHome(paths.lock);
  try {
    const { stores } = openHomeStores(config, paths);
    const close = (): void => {
      stores.database.close();
      unlock();
    };
    const { manageGroups, ...manage } = manageAll({ config, stores, now: systemClock.now }, NOBODY_TOLD);
    const asked = openQuestions({ config, paths, stores }, manageGroups);
    return { manage: manageGroups, ...manage, asked, close };
  } catch (error) {
    unlock();
    throw error;
  }
}
