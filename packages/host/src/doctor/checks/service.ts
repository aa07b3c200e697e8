import { createServer } from 'node:net';
import { type Check, note, ok, problem, type Scene, skipped } from '../check.ts';

export const serviceCheck: Check = {
  name: 'service',
  async run(scene) {
    const { manager, state } = await scene.service();
    if (!state.isInstalled) return note(`no service is installed (${manager.kind})`, 'nanoclaw service install');
    if (state.home !== undefined && state.home !== scene.paths.home) {
      return note(`${state.file} is the service of ${state.home}`, 'nanoclaw service install --name <another>');
    }
    const why = state.facts.join('; ');
    if (!state.isRunning)
      return problem(`the service is installed but does not run: ${why}`, 'nanoclaw service install');
    if (!state.startsAtBoot && manager.kind !== 'plain') {
      return problem(`the service does not start at boot: ${why}`, 'nanoclaw service install switches linger on');
    }
    return ok(`${manager.kind}, process ${state.pid ?? 'unknown'}`);
  },
};

export const portCheck: Check = {
  name: 'port of the page',
  async runWith({ variables }, scene: Scene) {
    const port = variables.WEB_PORT;
    if (port === undefined || port === 0) return ok('any free one');
    if (scene.host !== undefined) return skipped('the running host may use it');
    if (await isFree(port)) return ok(`${port} is free`);
    return problem(`port ${port} is in use by another program`, 'set WEB_PORT in .env to another, or end that program');
  },
};

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
