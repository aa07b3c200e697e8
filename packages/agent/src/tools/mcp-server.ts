import type { McpSdkServerConfigWithInstance } from '@anthropic-ai/claude-agent-sdk/core';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult, JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { toolResult } from './tool-result.ts';

/** A tool the model can call. */
export interface Tool {
  name: string;
  description: string;
  inputSchema: Record<string, unknown>;
  /** True offers the tool in full with every request; otherwise the model sees its name and loads it when needed. */
  isAlwaysLoaded: boolean;
  /** Arguments are checked; wrong ones are the model's mistake and are answered as such. */
  call(args: unknown): Promise<CallToolResult>;
}

/** What a tool is made of; `run` gets arguments that satisfy `args`. */
export interface ToolDefinition<Args extends z.ZodObject>
  extends Pick<Tool, 'name' | 'description' | 'isAlwaysLoaded'> {
  args: Args;
  run(args: z.infer<Args>): Promise<CallToolResult>;
}

export function defineTool<Args extends z.ZodObject>(definition: ToolDefinition<Args>): Tool {
  const { args, run, ...rest } = definition;
  // The dialect is known to every reader of tools; naming it would only add to every model request.
  const { $schema: _dialect, ...inputSchema } = z.toJSONSchema(args, { io: 'input' });
  return {
    ...rest,
    inputSchema,
    async call(given) {
      const parsed = args.safeParse(given);
      return parsed.success ? run(parsed.data) : toolResult(z.prettifyError(parsed.error), true);
    },
  };
}

const Call = z.object({ name: z.string(), arguments: z.unknown().optional() });
const Initialize = z.object({ protocolVersion: z.string() }).catch({ protocolVersion: '2025-06-18' });

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;

/**
 * An MCP server inside the runner's own process, so that a tool call costs no second process. It speaks the four
 * methods that tools need; the MCP package's server would double the time a sandbox takes to start.
 */
export function mcpServer(name: string, tools: readonly Tool[]): McpSdkServerConfigWithInstance {
  const instance = { connect: (transport: Transport) => serve(transport, name, tools) };
  // The Agent SDK uses nothing of an instance but `connect`.
  return { type: 'sdk', name, instance: instance as McpSdkServerConfigWithInstance['instance'] };
}

type Reply = { result: Record<string, unknown> } | { error: { code: number; message: string } };

async function serve(transport: Transport, name: string, tools: readonly Tool[]): Promise<void> {
  const send = (id: RequestId, reply: Reply) => transport.send({ jsonrpc: '2.0', id, ...reply });
  transport.onmessage = (message: JSONRPCMessage) => {
    if (!('method' in message) || !('id' in message)) return;
    const { id, method, params } = message;
    answer(method, params, { name, tools })
      .then((reply) => send(id, reply))
      // The session is over; nobody waits for the answer.
      .catch(() => {});
  };
  await transport.start();
}

async function answer(
  method: string,
  params: unknown,
  server: { name: string; tools: readonly Tool[] },
): Promise<Reply> {
  switch (method) {
    case 'initialize': {
      const { protocolVersion } = Initialize.parse(params);
      const serverInfo = { name: server.name, version: '2.0.0' };
      return { result: { protocolVersion, capabilities: { tools: {} }, serverInfo } };
    }
    case 'ping':
      return { result: {} };
    case 'tools/list':
      return { result: { tools: server.tools.map(describe) } };
    case 'tools/call':
      return callTool(params, server.tools);
    default:
      return { error: { code: METHOD_NOT_FOUND, message: `no method ${method}` } };
  }
}

function describe({ name, description, inputSchema, isAlwaysLoaded }: Tool) {
  return { name, description, inputSchema, ...(isAlwaysLoaded && { _meta: { 'anthropic/alwaysLoad': true } }) };
}

async function callTool(params: unknown, tools: readonly Tool[]): Promise<Reply> {
  const call = Call.safeParse(params);
  const tool = tools.find((one) => one.name === call.data?.name);
  if (tool === undefined) return { error: { code: INVALID_PARAMS, message: `no tool ${call.data?.name}` } };
  try {
    return { result: await tool.call(call.data?.arguments ?? {}) };
  } catch (error) {
    return { result: toolResult(`${tool.name} failed: ${String(error)}`, true) };
  }
}
