import { join } from 'node:path';
import type { LocalChannel } from './channels/local/local-channel.ts';
import type { Config } from './config/config.ts';
import type { HomePaths } from './config/home-files.ts';
import { shownSettings } from './config/shown-settings.ts';
import type { HostStatus } from './flows/host-status.ts';
import { allChats, localChats } from './flows/manage-groups.ts';
import type { OwnerWords } from './flows/owner-words.ts';
import { systemClock } from './kernel/clock.ts';
import type { Lifecycle } from './kernel/lifecycle.ts';
import type { Log } from './kernel/log.ts';
import type { SandboxDriver } from './sandboxes/sandbox.ts';
import { chatRoutes } from './web/chat-routes.ts';
import { type ControlDeps, startControlServer } from './web/control-server.ts';
import type { PageDeps } from './web/page-routes.ts';
import { startWebServer } from './web/web-server.ts';

type WebServer = Awaited<ReturnType<typeof startWebServer>>;

export interface Faces {
  openPage(): Promise<string>;
  web(): HostStatus['web'];
}

export interface FaceDeps {
  readonly config: Config;
  readonly paths: HomePaths;
  readonly local: LocalChannel;
  readonly manageGroups: ControlDeps['manage'];
  readonly manageTasks: ControlDeps['tasks'];
  readonly usage: ControlDeps['usage'];
  readonly memory: ControlDeps['memory'];
  readonly timings: ControlDeps['timings'];
  readonly channels: ControlDeps['channels'];
  readonly asked: ControlDeps['asked'];
  readonly driver: SandboxDriver;
  readonly backup: ControlDeps['backup'];
  readonly openPairing: ControlDeps['openPairing'];
  readonly status: (web: HostStatus['web']) => Promise<HostStatus>;
  /** The status without a look at what is outside this process. */
  readonly pulse: (web: HostStatus['web']) => HostStatus;
  readonly live: PageDeps['live'];
  readonly say: OwnerWords;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
}

/** Starts the control socket, and the web page when the configuration or somebody at the socket asks for it. */
export async function startFaces(deps: FaceDeps): Promise<Faces> {
  const { config, paths, local, manageGroups: manage, manageTasks, lifecycle, log } = deps;
  const streams = new AbortController();
  const chats = () => localChats(manage.groups);
  let web: Promise<WebServer> | undefined;
  let port: number | undefined;

  async function startPage(): Promise<WebServer> {
    const stateFile = join(paths.home, 'data', 'web.json');
    const wanted = config.variables.WEB_PORT ?? 0;
    const server = await startWebServer({
      local,
      chats: () => allChats(manage.groups),
      say: deps.say,
      page: pageDeps(deps, pageState),
      port: wanted,
      stateFile,
      log,
      clock: systemClock,
    });
    port = server.port;
    lifecycle.started('web', () => server.stop());
    return server;
  }

  function openWeb(): Promise<WebServer> {
    // A page that could not be opened (its port is taken) may be asked for again.
    web ??= startPage().catch((error: unknown) => {
      web = undefined;
      throw error;
    });
    return web;
  }

  const openPage = async (): Promise<string> => (await openWeb()).loginUrl();
  const pageState = (): HostStatus['web'] => (port === undefined ? null : { port });
  const control = await startControlServer({
    socketPath: paths.controlSocket,
    chat: chatRoutes({ local, chats, mayNamePaths: true, signal: streams.signal, log }),
    manage,
    tasks: manageTasks,
    usage: deps.usage,
    memory: deps.memory,
    timings: deps.timings,
    channels: deps.channels,
    asked: deps.asked,
    driver: deps.driver,
    status: () => deps.status(pageState()),
    backup: deps.backup,
    openPage,
    openPairing: deps.openPairing,
    log,
  });
  lifecycle.started('control', async () => {
    streams.abort();
    await control.stop();
  });
  if (config.variables.WEB_PORT !== undefined) await openWeb();
  return { openPage, web: pageState };
}

/** What the page shows and changes beside the chats. */
function pageDeps(deps: FaceDeps, web: () => HostStatus['web']): PageDeps {
  const { config, paths, usage, memory, driver, live, say } = deps;
  return {
    manage: deps.manageGroups,
    tasks: deps.manageTasks,
    usage,
    memory,
    channels: deps.channels,
    asked: deps.asked,
    driver,
    live,
    say,
    pulse: () => deps.pulse(web()),
    status: () => deps.status(web()),
    settings: () => shownSettings(config),
    recordFile: paths.record,
    logs: paths.logs,
    clock: systemClock,
  };
}
