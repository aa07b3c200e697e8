// Runs first in a sandbox of Apple's `container`, which mounts no socket of the host: the host opens connections ("lines")
// into the sandbox instead. Each connection to the gateway's socket inside takes one of them. Plain JavaScript on
// built-in modules, because it must run in any image as it is.
//
//   node gateway-lines.mjs <socket for lines> <socket of the gateway> <program> [arguments]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { constants } from 'node:os';

/** Connections that wait for a line; one more is closed. */
const MAX_WAITING = 128;

const [linesPath, gatewayPath, program, ...args] = process.argv.slice(2);
const idle = [];
const waiting = [];

await listen(linesPath, (line) => {
  line.on('error', () => line.destroy());
  const client = waiting.shift();
  if (client !== undefined) return join(client, line);
  idle.push(line);
  line.once('close', () => remove(idle, line));
});
await listen(gatewayPath, (client) => {
  client.on('error', () => client.destroy());
  const line = idle.shift();
  if (line !== undefined) return join(client, line);
  if (waiting.length >= MAX_WAITING) return client.destroy();
  waiting.push(client);
  client.once('close', () => remove(waiting, client));
});

const child = spawn(program, args, {
  stdio: 'inherit',
  env: { ...process.env, NANOCLAW_GATEWAY_SOCKET: gatewayPath },
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.once('error', (error) => {
  process.stderr.write(`${program} could not be started: ${error.code}\n`);
  process.exit(127);
});
const [code, signal] = await once(child, 'exit');
process.exit(code ?? 128 + constants.signals[signal]);

async function listen(path, take) {
  const server = createServer({ allowHalfOpen: true }, take);
  await once(server.listen(path), 'listening');
}

function join(client, line) {
  line.removeAllListeners('close');
  client.removeAllListeners('close');
  for (const [one, other] of [
    [client, line],
    [line, client],
  ]) {
    one.pipe(other);
    one.once('close', () => other.destroySoon());
  }
}

function remove(list, item) {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
