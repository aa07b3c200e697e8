import type { IncomingMessage } from 'node:http';
import type { TaskChange, TaskWish } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { Decision } from '../access/approval.ts';
import type { ConversationEvent } from '../channels/local/conversation-event.ts';
import type { ArchiveRequest } from '../flows/archive-manifest.ts';
import type { UsageWish } from '../flows/usage-report.ts';
import type { GroupChange, GroupRegistration } from '../groups/group.ts';
import { NanoError } from '../kernel/errors.ts';
import {
  ApprovalAnswer,
  ApprovalsAnswer,
  ArchiveAnswer,
  FoundAnswer,
  GroupAnswer,
  LinkAnswer,
  MemoryAnswer,
  MessageAnswer,
  MessageEvent,
  PageAnswer,
  PairingAnswer,
  PartialEvent,
  RefusalAnswer,
  SaidAnswer,
  SandboxAnswer,
  StatusAnswer,
  StoppedAnswer,
  TaskAnswer,
  TimingsAnswer,
  TypingEvent,
  UsageAnswer,
} from './control-answers.ts';
import { type ControlRequest, exchange, readText } from './control-socket-client.ts';
import { createEventParser, type ServerEvent } from './event-parser.ts';

/** Whether a message arrived; `unknown` when the connection ended between the request and its answer. */
export type SayOutcome =
  | { kind: 'taken'; seq: number }
  | { kind: 'refused'; reason: string }
  | { kind: 'unreachable' }
  | { kind: 'unknown' };

export type ControlClient = ReturnType<typeof createControlClient>;

/**
 * A running host, asked over its control socket. Every call throws NanoError 'host-not-running' when none listens
 * there (a socket file that a dead host left counts as none), and 'host-refused' or 'not-found' with the host's reason.
 */
export function createControlClient(socketPath: string) {
  async function ask<T>(asked: ControlRequest, answer: z.ZodType<T>): Promise<T> {
    const result = await exchange(socketPath, asked);
    if (result.kind !== 'answered') throw notRunning(socketPath, result.cause);
    return understandAll(socketPath, result, answer);
  }
  const group = (name: string): string => `/groups/${encodeURIComponent(name)}`;
  const task = (id: string): string => `/tasks/${encodeURIComponent(id)}`;

  return {
    status: () => ask({ method: 'GET', path: '/status' }, StatusAnswer),
    groups: () => ask({ method: 'GET', path: '/groups' }, z.array(GroupAnswer)),
    group: (name: string) => ask({ method: 'GET', path: group(name) }, GroupAnswer),
    register: (wish: GroupRegistration) => ask({ method: 'POST', path: '/groups', body: wish }, GroupAnswer),
    update: (name: string, change: GroupChange) =>
      ask({ method: 'PATCH', path: group(name), body: change }, GroupAnswer),
    remove: (name: string) => ask({ method: 'DELETE', path: group(name) }, GroupAnswer),
    memory: (name: string) => ask({ method: 'GET', path: `${group(name)}/history` }, z.array(MemoryAnswer)),
    restoreMemory: (name: string, version: number) =>
      ask({ method: 'POST', path: `${group(name)}/history/${version}/restore` }, MemoryAnswer),
    messages: (jid: string, limit: number) =>
      ask({ method: 'GET', path: `/messages/${encodeURIComponent(jid)}?limit=${limit}` }, z.array(MessageAnswer)),
    search(query: string, { limit, chat: jid }: { limit: number; chat?: string | undefined }) {
      const wish = new URLSearchParams({ query, limit: String(limit), ...(jid === undefined ? {} : { chat: jid }) });
      return ask({ method: 'GET', path: `/search?${wish}` }, z.array(FoundAnswer));
    },
    ...approvalRequests(ask),
    tasks: () => ask({ method: 'GET', path: '/tasks' }, z.array(TaskAnswer)),
    task: (id: string) => ask({ method: 'GET', path: task(id) }, TaskAnswer),
    addTask: (name: string, wish: TaskWish) =>
      ask({ method: 'POST', path: '/tasks', body: { ...wish, group: name } }, TaskAnswer),
    changeTask: (id: string, change: TaskChange) => ask({ method: 'PATCH', path: task(id), body: change }, TaskAnswer),
    actOnTask: (id: string, action: 'run' | 'pause' | 'resume') =>
      ask({ method: 'POST', path: `${task(id)}/${action}` }, TaskAnswer),
    cancelTask: (id: string) => ask({ method: 'DELETE', path: task(id) }, TaskAnswer),
    usage({ days, by, group: folder }: UsageWish) {
      const scope = folder === undefined ? '' : `&group=${encodeURIComponent(folder)}`;
      return ask({ method: 'GET', path: `/usage?days=${days}&by=${by}${scope}` }, UsageAnswer);
    },
    timings: () => ask({ method: 'GET', path: '/timings' }, TimingsAnswer),
    sandboxes: () => ask({ method: 'GET', path: '/sandboxes' }, z.array(SandboxAnswer)),
    stopSandbox: (name: string) =>
      ask({ method: 'DELETE', path: `/sandboxes/${encodeURIComponent(name)}` }, StoppedAnswer),
    backup: (request: ArchiveRequest) => ask({ method: 'POST', path: '/backup', body: request }, ArchiveAnswer),
    openPairing: () => ask({ method: 'POST', path: '/pair' }, PairingAnswer),
    ...linkRequests(ask),
    openPage: () => ask({ method: 'POST', path: '/page' }, PageAnswer),
    /** Sends the owner's message to a local chat, with files of this machine by their absolute paths. What became of it is the outcome; it never throws for that. */
    async say(jid: string, text: string, files: readonly string[] = []): Promise<SayOutcome> {
      const body = files.length === 0 ? { text } : { text, files };
      const asked = { method: 'POST', path: `${chat(jid)}/messages`, body } as const;
      const result = await exchange(socketPath, asked);
      if (result.kind === 'unreachable') return { kind: 'unreachable' };
      const answer = result.kind === 'answered' ? await readText(result.response) : undefined;
      if (result.kind === 'broken' || answer === undefined) return { kind: 'unknown' };
      if (result.status >= 400) return { kind: 'refused', reason: refusal(result.status, answer).message };
      return { kind: 'taken', ...understand(answer, SaidAnswer) };
    },

    /** Events of a local chat after a message, until the host ends the stream, goes away, or the signal aborts. */
    async *events(jid: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<ConversationEvent> {
      const headers = { 'last-event-id': String(afterSeq) };
      const result = await exchange(socketPath, { method: 'GET', path: `${chat(jid)}/events`, headers }, signal);
      if (signal.aborted) return;
      if (result.kind !== 'answered') throw notRunning(socketPath, result.cause);
      if (result.status >= 400) throw refusal(result.status, (await readText(result.response)) ?? '');
      yield* readEvents(result.response);
    },
  };
}

async function understandAll<T>(
  socketPath: string,
  { status, response }: { status: number; response: IncomingMessage },
  answer: z.ZodType<T>,
): Promise<T> {
  const text = await readText(response);
  if (text === undefined) throw notRunning(socketPath);
  if (status >= 400) throw refusal(status, text);
  return understand(text, answer);
}

type Ask = <T>(asked: ControlRequest, answer: z.ZodType<T>) => Promise<T>;

function linkRequests(ask: Ask) {
  const link = (channel: string): string => `/links/${encodeURIComponent(channel)}`;
  return {
    linking: (channel: string) => ask({ method: 'GET', path: link(channel) }, LinkAnswer),
    link: (channel: string, wish: { phoneNumber?: string }) =>
      ask({ method: 'POST', path: link(channel), body: wish }, LinkAnswer),
  };
}

function approvalRequests(ask: Ask) {
  return {
    approvals: () => ask({ method: 'GET', path: '/approvals' }, ApprovalsAnswer),
    decideApproval: (id: number, decision: Decision) =>
      ask({ method: 'POST', path: `/approvals/${id}`, body: { decision } }, ApprovalAnswer),
    forgetApproval: (id: number) => ask({ method: 'DELETE', path: `/approvals/${id}` }, ApprovalAnswer),
  };
}

function chat(jid: string): string {
  return `/chats/${encodeURIComponent(jid)}`;
}

async function* readEvents(response: IncomingMessage): AsyncGenerator<ConversationEvent> {
  const parser = createEventParser();
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      // A connection that breaks is the end of the stream: whoever follows it reconnects, or says so.
      const next = await chunks.next().catch(() => ({ done: true, value: undefined }) as const);
      if (next.done) return;
      for (const event of parser.push(next.value)) {
        const known = toConversationEvent(event);
        if (known !== undefined) yield known;
      }
    }
  } finally {
    response.destroy();
  }
}

/** Undefined for kinds of events that only later versions know. */
function toConversationEvent({ event, data }: ServerEvent): ConversationEvent | undefined {
  switch (event) {
    case 'message':
      return { kind: 'message', message: understand(data, MessageEvent) };
    case 'typing':
      return { kind: 'typing', isTyping: understand(data, TypingEvent).isTyping };
    case 'partial':
      return { kind: 'partial', text: understand(data, PartialEvent).text };
    default:
      return undefined;
  }
}

function understand<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const what = 'the host answered what this command does not understand';
    throw new NanoError('host-refused', `${what}: they are of different versions, so restart the host`, { cause });
  }
}

function refusal(status: number, text: string): NanoError {
  let reason = `status ${status}`;
  try {
    reason = RefusalAnswer.parse(JSON.parse(text)).error;
  } catch {
    // Not one of our answers: the status is all there is to say.
  }
  return new NanoError(status === 404 ? 'not-found' : 'host-refused', reason);
}

function notRunning(socketPath: string, cause?: Error): NanoError {
  const isForeign = cause !== undefined && 'code' in cause && cause.code === 'EACCES';
  if (isForeign) {
    return new NanoError('host-refused', `${socketPath} belongs to another user: run this as the user of the host`);
  }
  return new NanoError('host-not-running', `no host answers at ${socketPath}: start one with npm start`, { cause });
}
