/* npm run check: format, lint, types, floors and unused code, side by side; a few seconds. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkNode, installPackages, ROOT, say } from './setup/steps.mjs';

checkNode();
installPackages();
const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const CHECKS = [
  { name: 'format and lint', command: [bin('biome'), 'check', '.'] },
  { name: 'types', command: [bin('tsc'), '-b'] },
  { name: 'types of tests', command: [bin('tsc'), '-p', 'tsconfig.test.json'] },
  { name: 'floors', command: [bin('vitest'), 'run', '--project', 'unit', 'test/tidy'] },
  { name: 'unused code', command: [bin('knip')] },
];

const results = await Promise.all(CHECKS.map(run));
process.exit(results.every(Boolean) ? 0 : 1);

function run({ name, command: [program, ...args] }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => {
      say(`${name}: ${code === 0 ? 'ok' : 'FAILED'}`);
      if (code !== 0) process.stderr.write(output);
      resolve(code === 0);
    });
  });
}
