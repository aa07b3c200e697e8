// What `nanoclaw sandbox check` runs in the runner's place: tries what a hostile agent would try and tells what came of
// it. Plain JavaScript on built-in modules, because it must run in any sandbox as it is. It judges nothing; the host does.
import { spawn, spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import * as fs from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';

/** How long anything may take, in milliseconds: what is dropped in silence never answers. */
const PATIENCE_MS = 3_000;
const CHUNK = Buffer.alloc(1024 * 1024, 1);

if (process.argv[2] === 'hog') hog(Number(process.argv[3]));
else process.stdout.write(`${JSON.stringify(await look(JSON.parse(await text(process.stdin))))}\n`);

async function look(scene) {
  // Stays: the host looks whose it is.
  tryTo(() => fs.writeFileSync('/workspace/group/written', ''));
  return {
    status: statusOf('self'),
    namespaces: Object.fromEntries(list('/proc/self/ns').map((name) => [name, link(`/proc/self/ns/${name}`)])),
    mounts: read('/proc/self/mountinfo').split('\n').filter(Boolean).map(mountOf),
    environment: { ...process.env },
    environmentOfFirst: read('/proc/1/environ').split('\0').filter(Boolean),
    devices: list('/dev'),
    interfaces: Object.keys(networkInterfaces()),
    writes: Object.fromEntries([
      ...scene.write.map((path) => [path, tryTo(() => writeAt(elsewhere(path, scene.workPlaces)))]),
      ...scene.workPlaces.map((path) => [path, tryTo(() => writeAt(path))]),
    ]),
    reads: Object.fromEntries(scene.read.map((path) => [path, tryTo(() => fs.statSync(path))])),
    connections: await each(scene.connect, ({ host, port }) => [`${host}:${port}`, dial({ host, port })]),
    names: await each(scene.names, (name) => [name, lookup(name).then(() => 'found', codeOf)]),
    gateway: await gateway(scene),
    programs: Object.fromEntries(scene.run.map((argv) => [argv.join(' '), exitOf(argv)])),
    terminal: tryTo(() => fs.closeSync(fs.openSync('/dev/tty', 'r+'))),
    filled: fill('/tmp/nanoclaw-check', scene.tmpBytes * 2),
    swarm: await swarm(scene.pids + 64),
    hog: hogExit(scene.memoryBytes),
  };
}

async function each(items, start) {
  const pairs = items.map(start);
  return Object.fromEntries(await Promise.all(pairs.map(async ([name, promise]) => [name, await promise])));
}

function statusOf(pid) {
  const lines = read(`/proc/${pid}/status`).split('\n');
  return Object.fromEntries(lines.filter((line) => line.includes(':')).map((line) => line.split(/:\s*/, 2)));
}

function mountOf(line) {
  const [, , , , target, options, ...rest] = line.split(' ');
  return { target, options: options.split(','), type: rest[rest.indexOf('-') + 1] };
}

/** Where another name for a place that may be written leads is no place of its own: `/var/tmp` may be `/tmp`. */
function elsewhere(path, workPlaces) {
  if (workPlaces.includes(fs.realpathSync(path))) throw Object.assign(new Error(path), { code: 'WORK-PLACE' });
  return path;
}

/** A new file in a directory; an existing file is opened for writing and left as it is. */
function writeAt(path) {
  if (!fs.statSync(path).isDirectory()) return fs.closeSync(fs.openSync(path, 'r+'));
  const file = `${path.replace(/\/$/, '')}/.nanoclaw-check`;
  fs.writeFileSync(file, '');
  fs.rmSync(file);
}

function dial(target) {
  return new Promise((resolve) => {
    const socket = connect(target);
    const done = (outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(PATIENCE_MS, () => done('silence'));
    socket.once('connect', () => done('connected')).once('error', (error) => done(codeOf(error)));
  });
}

/** What the gateway answers to strangers, and to us when we ask for what it must not give. */
async function gateway({ socket, token, forbidden }) {
  const socketPath = process.env.NANOCLAW_GATEWAY_SOCKET ?? socket;
  const basic = (value) => `Basic ${Buffer.from(`nanoclaw:${value}`).toString('base64')}`;
  const ask = (options) =>
    new Promise((resolve) => {
      const asked = request({ socketPath, timeout: PATIENCE_MS, ...options });
      const answered = (response) => {
        asked.destroy();
        resolve(response.statusCode);
      };
      asked.on('response', answered).on('connect', answered);
      asked.on('timeout', () => asked.destroy()).on('error', (error) => resolve(codeOf(error)));
      asked.end();
    });
  const tunnel = (path, credential) =>
    ask({
      method: 'CONNECT',
      path,
      headers: credential === undefined ? {} : { 'proxy-authorization': basic(credential) },
    });
  return {
    stranger: await ask({ method: 'GET', path: '/v1/models' }),
    forged: await ask({ method: 'GET', path: '/v1/models', headers: { 'x-api-key': '0'.repeat(32) } }),
    otherPath: await ask({ method: 'GET', path: '/v1/files', headers: { 'x-api-key': token } }),
    strangerTunnel: await tunnel('example.com:443'),
    tunnels: await each(forbidden, (target) => [target, tunnel(target, token)]),
  };
}

function exitOf([program, ...args]) {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: PATIENCE_MS, input: '' });
  return done.error ? codeOf(done.error) : (done.status ?? done.signal);
}

function fill(path, bytes) {
  let written = 0;
  try {
    const file = fs.openSync(path, 'w');
    while (written < bytes) written += fs.writeSync(file, CHUNK);
  } catch {
    // It is full: that is what the limit is for.
  }
  fs.rmSync(path, { force: true });
  return written;
}

/** Starts sleeping processes until it is told to stop; how many there were. */
async function swarm(most) {
  const started = [];
  while (started.length < most) {
    try {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      const isUp = await new Promise((resolve) =>
        child.once('spawn', () => resolve(true)).once('error', () => resolve(false)),
      );
      if (!isUp) break;
      started.push(child);
    } catch {
      break;
    }
  }
  const ended = started.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of started) child.kill('SIGKILL');
  // Until they are gone there is no room for what is tried next.
  await Promise.all(ended);
  return started.length;
}

function hogExit(bytes) {
  const more = Math.floor(bytes * 1.25);
  const done = spawnSync(process.execPath, [process.argv[1], 'hog', String(more)], {
    timeout: 60_000,
    stdio: 'ignore',
  });
  return done.error ? codeOf(done.error) : (done.signal ?? done.status);
}

function hog(bytes) {
  const kept = [];
  for (let taken = 0; taken < bytes; taken += 16 * CHUNK.length) kept.push(Buffer.alloc(16 * CHUNK.length, 1));
  process.exit(kept.length > 0 ? 0 : 1);
}

function tryTo(action) {
  try {
    action();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error) {
  return String(error.code ?? error.name);
}

function read(path) {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path) {
  try {
    return fs.readdirSync(path);
  } catch {
    return [];
  }
}

function link(path) {
  try {
    return fs.readlinkSync(path);
  } catch {
    return '';
  }
}
