/*
 * One command on skills in a process of its own, so that it can die. Arguments: the root, the command and its name as JSON,
 * and the number of the step before which it kills itself.
 */
import { applySkill } from '@nanoclaw/skills/apply.js';
import type { EngineDeps } from '@nanoclaw/skills/engine.js';
import { rebaseSkills } from '@nanoclaw/skills/rebase.js';
import { uninstallSkill } from '@nanoclaw/skills/uninstall.js';

const [root = '', command = '', name = '', dieAt = ''] = process.argv.slice(2);
let steps = 0;
const deps: EngineDeps = {
  root,
  coreVersion: '2.0.0',
  environment: process.env,
  now: () => '2026-03-04T12:00:00.000Z',
  newId: () => `child-${process.pid}-${steps}`,
  onStep(step) {
    steps += 1;
    process.stdout.write(`${step}\n`);
    if (steps === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
  },
  report: (line) => void process.stderr.write(`${line}\n`),
  approve: async () => true,
};

switch (command) {
  case 'apply':
    await applySkill(deps, { name, groups: [] });
    break;
  case 'uninstall':
    await uninstallSkill(deps, name);
    break;
  default:
    await rebaseSkills(deps, undefined);
}
