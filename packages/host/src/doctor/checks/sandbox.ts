import { type Check, note, ok, problem, skipped } from '../check.ts';

export const sandboxCheck: Check = {
  name: 'sandbox',
  async runWith(config, scene) {
    const driver = await scene.driver(config);
    const image = await driver.image();
    if (image.phase === 'missing') return problem(image.reason, image.remedy);
    if (image.phase === 'outdated') return note(image.reason, image.remedy);
    return ok(driver.kind);
  },
};

export const wallsCheck: Check = {
  name: 'walls',
  async runWith(config, scene) {
    const image = await (await scene.driver(config)).image();
    if (image.phase === 'missing') return skipped('there is no sandbox to look into');
    const { driver, results } = await scene.checkSandbox(config);
    const failed = results.filter(({ ok: holds }) => !holds);
    if (failed.length === 0) return ok(`${driver} holds: ${results.length} attempts to get out failed`);
    return failed.flatMap(({ what, found }) => {
      const fix = 'set SANDBOX in .env to another sandbox; nanoclaw sandbox check tells more';
      return problem(`${driver} does not hold: "${what}" is not so (found: ${found ?? 'nothing'})`, fix);
    });
  },
};

/** A running host knows its sandboxes; without one none should be live. */
export const orphansCheck: Check = {
  name: 'orphaned sandboxes',
  async runWith(config, scene) {
    if (scene.host !== undefined) return ok('the running host looks after them');
    const driver = await scene.driver(config);
    const orphans = await driver.list();
    if (orphans.length === 0) return ok('none');
    return orphans.flatMap(({ name, groupFolder }) => {
      const found = `${name} of the group ${groupFolder} is live, but no host runs`;
      return problem(found, `nanoclaw sandbox stop ${name}`, async () => void (await driver.stop(name)));
    });
  },
};
