#!/usr/bin/env node
// Stands in for Apple's `container`, which runs on a Mac only: takes the options of its command reference and no others,
// and runs the program on this machine, with paths of mounts and of /tmp replaced. It isolates nothing; what is tested is
// what the driver says, and the way to the gateway.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

const STATE = process.env.CONTAINER_STATE;
const FLAGS = new Set(['--interactive', '--init', '--no-dns', '--read-only']);
const VALUES = new Set([
  ...['--progress', '--name', '--label', '--network', '--tmpfs', '--cap-drop', '--user', '--cpus', '--memory'],
  ...['--ulimit', '--publish-socket', '--workdir', '--env', '--mount', '--entrypoint'],
]);
const [verb, ...rest] = process.argv.slice(2);

const VERBS = { system, run, list, delete: remove, image, inspect: () => fail('no details') };
await (VERBS[verb] ?? (() => fail(`unknown command ${verb}`)))(rest);

function system([what]) {
  if (what !== 'status' || fs.existsSync(join(STATE, 'stopped'))) fail('apiserver is not running');
}

function list(args) {
  const all = fs.readdirSync(STATE).filter((name) => name.endsWith('.json'));
  const rows = all.map((name) => JSON.parse(fs.readFileSync(join(STATE, name), 'utf8')));
  if (args.includes('--quiet')) for (const { id } of rows) process.stdout.write(`${id}\n`);
  else process.stdout.write(JSON.stringify(rows.map((row) => ({ status: 'running', configuration: row }))));
}

function remove([force, name]) {
  const file = join(STATE, `${name}.json`);
  if (force !== '--force' || !fs.existsSync(file)) fail(`notFound: ${name}`);
  try {
    process.kill(-JSON.parse(fs.readFileSync(file, 'utf8')).pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  fs.rmSync(file);
}

function image([what, name]) {
  const labels = join(STATE, 'image-labels');
  if (what !== 'inspect' || !fs.existsSync(labels)) fail(`image not found: ${name}`);
  const Labels = JSON.parse(fs.readFileSync(labels, 'utf8'));
  process.stdout.write(JSON.stringify([{ name, variants: [{ size: 7, config: { config: { Labels } } }] }]));
}

async function run(args) {
  const { options, image: name, command } = parse(args);
  if (name !== 'test-image') fail(`image not found: ${name}`);
  const id = options['--name'][0];
  const [hostPath, path] = options['--publish-socket'][0].split(':');
  const mounts = options['--mount'].map((mount) => /^type=bind,source=(.*),target=([^,]*)/.exec(mount));
  const own = join(STATE, `${id}.tmp`);
  fs.mkdirSync(own);
  const place = (inside) => mounts.find(([, , target]) => target === inside)?.[1] ?? inside.replace(/^\/tmp/, own);
  const [program, ...words] = [options['--entrypoint'][0], ...command].map(place);
  publish(hostPath, place(path));
  const environment = Object.fromEntries(options['--env'].map((line) => line.split(/=(.*)/s, 2)));
  const env = { ...environment, PATH: process.env.PATH };
  const child = spawn(program, words, { stdio: 'inherit', env, detached: true });
  const labels = Object.fromEntries(options['--label'].map((label) => label.split('=')));
  fs.writeFileSync(join(STATE, `${id}.json`), JSON.stringify({ id, labels, pid: child.pid, args }));
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
}

/** A socket of the host that leads to one inside, as `--publish-socket` makes it. */
function publish(hostPath, inside) {
  createServer({ allowHalfOpen: true }, (outer) => {
    const inner = connect({ path: inside, allowHalfOpen: true });
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ]) {
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => other.destroySoon());
    }
  }).listen(hostPath);
}

function parse(args) {
  const options = {};
  let at = 0;
  for (; args[at]?.startsWith('--'); at++) {
    const name = args[at];
    if (FLAGS.has(name)) continue;
    if (!VALUES.has(name)) fail(`unknown option ${name}`);
    options[name] = [...(options[name] ?? []), args[++at]];
  }
  return { options, image: args[at], command: args.slice(at + 1) };
}

function fail(reason) {
  process.stderr.write(`Error: ${reason}\n`);
  process.exit(1);
}
