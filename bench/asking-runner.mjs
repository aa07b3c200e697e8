/* Takes the runner's place in a sandbox: asks the host in every turn, as send_message does, and answers with how long it took. */
import { existsSync, readdirSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IPC = '/workspace/ipc';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { nonce, chatJid } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
let asked = 0;
let isTaking = false;
await turn(0);
watch(join(IPC, 'input'), () => void takeInputs());
await takeInputs();

async function takeInputs() {
  if (isTaking) return;
  isTaking = true;
  for (const name of readdirSync(join(IPC, 'input')).sort()) {
    if (name === '_close') process.exit(0);
    if (!name.endsWith('.json') || name.startsWith('.')) continue;
    rmSync(join(IPC, 'input', name));
    await turn(Number(name.slice(0, -'.json'.length)));
  }
  isTaking = false;
}

async function turn(ack) {
  const startedAt = process.hrtime.bigint();
  await ask({ type: 'message', chatJid, text: `working on ${ack}` });
  const ms = Number(process.hrtime.bigint() - startedAt) / 1e6;
  const block = { status: 'success', newSessionId: 'bench-session', ack, nonce, result: ms.toFixed(3) };
  process.stdout.write(`\n---NANOCLAW_OUTPUT_START---\n${JSON.stringify(block)}\n---NANOCLAW_OUTPUT_END---\n`);
}

/** Like the tools of the product: a file that appears whole, and an answer that is watched for. */
function ask(request) {
  const id = `bench-${++asked}`;
  const answer = join(IPC, 'responses', `${id}.json`);
  return new Promise((resolve) => {
    const look = () => {
      if (!existsSync(answer)) return;
      watcher.close();
      rmSync(answer);
      resolve();
    };
    const watcher = watch(join(IPC, 'responses'), look);
    const temporary = join(IPC, 'messages', `.${id}.tmp`);
    writeFileSync(temporary, JSON.stringify({ ...request, id }));
    renameSync(temporary, join(IPC, 'messages', `${id}.json`));
    look();
  });
}
