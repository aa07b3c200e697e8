/*
 * A process with an Agent SDK session and nothing else. Reads `{ options, text }` from standard input, says `idle` when
 * the text is answered, and ends when standard input does.
 */
import { createInterface } from 'node:readline';
import { query } from '@anthropic-ai/claude-agent-sdk';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { options, text } = JSON.parse((await lines.next()).value);
const session = query({ prompt: prompts(), options });
for await (const message of session) if (message.type === 'result') process.stdout.write('idle\n');

async function* prompts() {
  yield { type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null };
  await lines.next();
}
