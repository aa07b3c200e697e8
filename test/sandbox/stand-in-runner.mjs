// Takes the runner's place in tests of the image and of the docker driver: it reads one JSON object from stdin, runs its
// `prompt` as a shell command, and ends with that command's code.
import { spawnSync } from 'node:child_process';

let text = '';
for await (const part of process.stdin.setEncoding('utf8')) text += part;
const { status } = spawnSync('bash', ['-c', JSON.parse(text).prompt], { stdio: ['ignore', 'inherit', 'inherit'] });
process.exitCode = status ?? 1;
