import { NanoError } from '../../../kernel/errors.ts';
import type { SetupContext, SetupStep } from '../step.ts';

/** It has no question of its own: sandboxes hold, or the assistant is not to be started. */
export const sandboxStep: SetupStep = {
  name: 'sandbox',
  title: 'Sandbox',
  look: async () => undefined,
  async act(context) {
    const { deps, ask } = context;
    const config = deps.config();
    const driver = await deps.driver(config);
    const image = await driver.image();
    if (image.phase === 'missing') await buildImage(context, image.reason);
    ask.say('info', `trying to get out of a ${driver.kind} sandbox, which takes some seconds`);
    const { results } = await deps.checkSandbox(config, () => undefined);
    const failed = results.filter(({ ok }) => !ok);
    if (failed.length === 0) return `${driver.kind}: ${results.length} attempts to get out failed`;
    const what = failed.map(({ what: promise, found }) => `"${promise}" is not so (found: ${found})`).join('; ');
    throw new NanoError('sandbox-failed', `the ${driver.kind} sandbox does not hold: ${what}: set SANDBOX to another`);
  },
};

async function buildImage({ deps, ask, signal }: SetupContext, reason: string): Promise<void> {
  const isWanted = await ask.confirm('build-image', `${reason}. Build it now? It takes some minutes.`);
  if (!isWanted)
    throw new NanoError('image-missing', `${reason}: run nanoclaw sandbox build, or set SANDBOX=bubblewrap`);
  const report = (line: string): void => ask.say('info', line);
  await deps.buildImage(deps.config(), { browser: true, base: 'auto', report, signal });
}
