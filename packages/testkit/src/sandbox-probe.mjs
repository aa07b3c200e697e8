// What the sandbox conformance suite runs instead of the runner: it does what each line of JSON on stdin asks for and
// answers with one line of JSON. Plain JavaScript on built-in modules, because it must run in any sandbox as it is, and
// outside of one, where the suite uses it to show that a refused operation works for anybody else.
import { spawn, spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';

const CHUNK = Buffer.alloc(1024 * 1024, 'x');
/** Allocations that must stay reachable. */
const kept = [];

const operations = {
  echo: ({ text }) => text,
  stderr: ({ text }) => new Promise((resolve) => process.stderr.write(text, () => resolve(text.length))),
  exit: ({ code }) => process.exit(code),
  environment: () => ({ ...process.env }),
  read: ({ path }) => fs.readFileSync(path, 'utf8'),
  list: ({ path }) => fs.readdirSync(path),
  write: ({ path, text }) => fs.writeFileSync(path, text),
  stat: ({ path }) => ({ uid: fs.statSync(path).uid, mode: fs.statSync(path).mode & 0o7777 }),
  fill,
  run: ({ argv, timeoutMs = 60_000 }) => {
    const done = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', timeout: timeoutMs, input: '' });
    if (done.error) throw done.error;
    return { code: done.status, signal: done.signal, stdout: done.stdout, stderr: done.stderr };
  },
  syscall,
  connect: ({ host, port }) => exchange({ host, port }, ''),
  unixEcho: ({ path, text }) => exchange({ path }, text),
  lookup: async ({ name }) => (await lookup(name)).address,
  loopback,
  interfaces: () => Object.keys(networkInterfaces()),
  hog: ({ bytes }) => {
    for (let taken = 0; taken < bytes; taken += 16 * CHUNK.length) kept.push(Buffer.alloc(16 * CHUNK.length, 1));
    return kept.length;
  },
  swarm,
  linger: ({ seconds }) => {
    spawn('sleep', [seconds], { detached: true, stdio: 'ignore' }).unref();
    // A second one whose parent ends at once, so that it is handed to the sandbox's first process.
    return spawnSync('sh', ['-c', 'setsid sleep "$0" >/dev/null 2>&1 & setsid sleep 0 >/dev/null 2>&1 &', seconds])
      .status;
  },
  // From now on the end of stdin is not the end: a runner that the agent has tampered with.
  persist: () => void setInterval(() => undefined, 60_000),
  processes: () =>
    fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(describeProcess),
};

/** Writes up to `bytes` and says how far it came and what stopped it; the file is removed again. */
function fill({ path, bytes }) {
  const file = fs.openSync(path, 'w');
  let written = 0;
  try {
    while (written < bytes) written += fs.writeSync(file, CHUNK);
    return { written };
  } catch (error) {
    return { written, code: error.code };
  } finally {
    fs.closeSync(file);
    fs.rmSync(path);
  }
}

/** Node has no way to make a system call by number; Perl is part of every Debian. Strings pass as pointers. */
function syscall({ number, args }) {
  const script =
    'my @a = map { /^-?\\d+$/ ? int($_) : $_ } @ARGV; $! = 0; my $r = syscall(shift(@a), @a); print "$r ", $!+0';
  const done = spawnSync('perl', ['-e', script, String(number), ...args.map(String)], { encoding: 'utf8' });
  if (done.error) throw done.error;
  const [result, errno] = done.stdout.split(' ').map(Number);
  return { result, errno, signal: done.signal };
}

function exchange(target, text) {
  return new Promise((resolve, reject) => {
    const socket = connect(target);
    let answer = '';
    socket
      .setEncoding('utf8')
      .setTimeout(5_000, () => socket.destroy(Object.assign(new Error('slow'), { code: 'ETIMEDOUT' })));
    socket.on('connect', () => socket.end(text));
    socket.on('data', (part) => (answer += part));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** Listens on the loopback address and talks to itself over it. */
async function loopback({ text }) {
  const server = createServer((socket) => socket.pipe(socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await exchange({ host: '127.0.0.1', port: server.address().port }, text);
  server.close();
  return answer;
}

/** Starts up to `count` sleeping processes, ends them all, and says how many there were and what stopped it. */
async function swarm({ count }) {
  const started = [];
  let code;
  while (started.length < count && code === undefined) {
    try {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      code = await new Promise((resolve) => {
        child.once('spawn', () => resolve(undefined)).once('error', (error) => resolve(error.code));
      });
      if (code === undefined) started.push(child);
    } catch (error) {
      code = error.code;
    }
  }
  for (const child of started) child.kill('SIGKILL');
  return { started: started.length, code };
}

function describeProcess(pid) {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    return { pid: Number(pid), name: /^Name:\s*(.*)$/m.exec(status)?.[1], state: /^State:\s*(\S)/m.exec(status)?.[1] };
  } catch {
    return { pid: Number(pid), name: 'gone', state: 'X' };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const { id, do: operation, ...details } = JSON.parse(line);
  const answer = { id };
  try {
    answer.value = (await operations[operation](details)) ?? null;
  } catch (error) {
    answer.error = { code: String(error.code ?? error.name), message: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
