/* Takes the runner's place in a sandbox: answers every input with the time at which it wrote the answer. */
import { readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';

const INPUT = '/workspace/ipc/input';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { nonce } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
answer(0);
watch(INPUT, takeInputs);
takeInputs();

/** File events may come twice or late: what is there counts. */
function takeInputs() {
  for (const name of readdirSync(INPUT).sort()) {
    if (name === '_close') process.exit(0);
    if (!name.endsWith('.json') || name.startsWith('.')) continue;
    readFileSync(join(INPUT, name));
    rmSync(join(INPUT, name));
    answer(Number(name.slice(0, -'.json'.length)));
  }
}

/** A block as a real turn ends with; the text is the reading of the clock that all processes share, in ns. */
function answer(ack) {
  const tokens = { inputTokens: 5_000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const usage = { ...tokens, costUsd: 0.01, durationMs: 900 };
  const block = { status: 'success', newSessionId: 'bench-session', ack, usage, nonce };
  const frame = (result) =>
    `\n---NANOCLAW_OUTPUT_START---\n${JSON.stringify({ ...block, result })}\n---NANOCLAW_OUTPUT_END---\n`;
  process.stdout.write(frame(String(process.hrtime.bigint())));
}
