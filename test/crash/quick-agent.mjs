/*
 * An agent that speaks the wire protocol and needs no model: answers the questions (q1, q2 …) and tasks (k1 …) of each prompt in one text,
 * and says something on its way about every third of them. Runs inside the real sandbox.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const IPC = '/workspace/ipc';
const LOOK_MS = 20;
const input = JSON.parse(await text(process.stdin));
let requests = 0;
let ack = 0;

function emit(block) {
  const line = JSON.stringify({ status: 'success', result: null, nonce: input.nonce, ...block });
  process.stdout.write(`---NANOCLAW_OUTPUT_START---\n${line}\n---NANOCLAW_OUTPUT_END---\n`);
}

/** Like the send_message tool: goes on when the host has decided. */
async function say(message) {
  const id = `r${++requests}`;
  const file = `${IPC}/messages/${id}.json`;
  const document = { id, type: 'message', chatJid: input.chatJid, text: message };
  writeFileSync(`${file}.new`, JSON.stringify(document));
  renameSync(`${file}.new`, file);
  while (!existsSync(`${IPC}/responses/${id}.json`)) await sleep(LOOK_MS);
}

async function answer(prompt) {
  const asked = prompt.replaceAll(/<earlier_attempt>.*<\/earlier_attempt>/gs, '');
  const tokens = [...new Set([...asked.matchAll(/\b[qk]\d+\b/g)].map(([token]) => token))];
  await sleep(Math.random() * 100);
  for (const token of tokens) if (Number(token.slice(1)) % 3 === 0) await say(`t:${token}`);
  emit({ result: `a:${tokens.join(',')}`, ack, newSessionId: `session-${input.groupFolder}` });
}

function takeInput() {
  const name = readdirSync(`${IPC}/input`)
    .filter((entry) => /^\d+\.json$/.test(entry))
    .sort()[0];
  if (name === undefined) return undefined;
  const document = JSON.parse(readFileSync(`${IPC}/input/${name}`, 'utf8'));
  rmSync(`${IPC}/input/${name}`);
  ack = Number(name.slice(0, -'.json'.length));
  return document.text ?? '';
}

await answer(input.prompt);
for (;;) {
  const next = takeInput();
  if (next !== undefined) await answer(next);
  else if (existsSync(`${IPC}/input/_close`)) break;
  else await sleep(LOOK_MS);
}
