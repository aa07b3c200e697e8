import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool, mcpServer } from './mcp-server.ts';
import { toolResult } from './tool-result.ts';

const echo = defineTool({
  name: 'echo',
  description: 'Says it again.',
  isAlwaysLoaded: true,
  args: z.object({ text: z.string().min(1) }),
  run: async ({ text }) => toolResult(text),
});
const broken = defineTool({
  name: 'broken',
  description: 'Never works.',
  isAlwaysLoaded: false,
  args: z.object({}),
  run: () => Promise.reject(new Error('disk on fire')),
});

/** Asks the server as the Agent SDK does and resolves with its answer. */
async function ask(method: string, params?: Record<string, unknown>): Promise<unknown> {
  let answered: (message: JSONRPCMessage) => void = () => {};
  const answer = new Promise<JSONRPCMessage>((resolve) => (answered = resolve));
  const transport: Transport = {
    start: async () => {},
    close: async () => {},
    send: async (message) => answered(message),
  };
  await mcpServer('nanoclaw', [echo, broken]).instance.connect(transport);
  transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/initialized' });
  transport.onmessage?.({ jsonrpc: '2.0', id: 7, method, ...(params !== undefined && { params }) });
  return answer;
}

test('it introduces itself in the version of the protocol it was asked in', async () => {
  expect(await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {} })).toMatchObject({
    id: 7,
    result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'nanoclaw' } },
  });
});

test('it lists its tools with the schema of their arguments', async () => {
  expect(await ask('tools/list')).toMatchObject({
    result: {
      tools: [
        {
          name: 'echo',
          inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
          _meta: { 'anthropic/alwaysLoad': true },
        },
        { name: 'broken', inputSchema: { type: 'object' } },
      ],
    },
  });
});

test.each([
  ['a call is run', { name: 'echo', arguments: { text: 'hi' } }, { content: [{ type: 'text', text: 'hi' }] }],
  ['wrong arguments are the answer', { name: 'echo', arguments: { text: '' } }, { isError: true }],
  ['missing arguments are wrong ones', { name: 'echo' }, { isError: true }],
  [
    'a tool that throws says so',
    { name: 'broken', arguments: {} },
    { isError: true, content: [{ type: 'text', text: 'broken failed: Error: disk on fire' }] },
  ],
])('%s', async (_name, params, result) => {
  expect(await ask('tools/call', params)).toMatchObject({ id: 7, result });
});

test('unknown methods and tools are refused, not ignored', async () => {
  expect(await ask('resources/list')).toMatchObject({ error: { code: -32601 } });
  expect(await ask('tools/call', { name: 'nothing' })).toMatchObject({ error: { code: -32602 } });
});
