import { NanoError } from '../../../kernel/errors.ts';
import { installService } from '../../install-service.ts';
import type { SetupStep } from '../step.ts';

const NAME = 'nanoclaw';

export const serviceStep: SetupStep = {
  name: 'service',
  title: 'Service',
  async look({ deps, manager: wanted }) {
    const config = deps.config();
    const manager = await deps.serviceManager(config, wanted);
    const state = await manager.status(NAME);
    const isOurs = state.home === undefined || state.home === config.home;
    return state.isInstalled && state.isRunning && isOurs ? `${manager.kind} runs it` : undefined;
  },
  async act({ deps, ask, manager: wanted }) {
    const manager = await deps.serviceManager(deps.config(), wanted);
    const isWanted = await ask.confirm('service', `Keep it running in the background (${manager.detail})?`);
    if (!isWanted) return undefined;
    const done = await installService(deps, { name: NAME, manager: wanted }, (line) => ask.say('info', line));
    if (done.isReady) return `${done.manager} runs it, and it answers`;
    throw new NanoError('service-failed', 'it is installed, but does not answer: nanoclaw doctor tells why');
  },
};
