import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendApiError } from './api-error.ts';
import { type ReadRequest, readMessagesRequest } from './messages-request.ts';
import { readBody } from './read-body.ts';
import { reply } from './reply.ts';
import { createRequestLog, type OpenRecord, type RecordedRequest } from './request-log.ts';
import { createScriptQueue, type ScriptQueue } from './script-queue.ts';
import { type Reception, sendAnswer } from './send-answer.ts';
import { sendFault } from './send-fault.ts';
import type { ModelScript, ScriptStep } from './step.ts';
import { estimateTokens } from './usage.ts';

/** Larger bodies are refused with 413, as the real API does. */
export const maxBodyBytes = 32 * 1024 * 1024;

const helloPaths: readonly string[] = ['/', '/api/hello'];
const messagesPath = '/v1/messages';
const countTokensPath = '/v1/messages/count_tokens';

/** A Messages API without a model behind it. */
export type PracticeModel = {
  /** A handler for node:http, for a port or a Unix socket. Never throws. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Every request so far, oldest first: a live list with limits (see `maxKeptRequests`). */
  readonly requests: readonly RecordedRequest[];
  /** Adds scripted answers after those that wait already. */
  enqueue(...steps: ScriptStep[]): void;
  /** Forgets the scripted answers and the recorded requests. */
  clear(): void;
  /** How many scripted answers are left to give. */
  pendingSteps(): number;
};

/** Makes a practice model. `now` is the clock of the recorded times, in ms. */
export function createPracticeModel(options: { script?: ModelScript; now?: () => number } = {}): PracticeModel {
  const now = options.now ?? Date.now;
  const script = createScriptQueue(options.script);
  const log = createRequestLog();

  function handle(req: IncomingMessage, res: ServerResponse): void {
    const record = log.open(req, now());
    const left = new AbortController();
    res.on('close', () => {
      if (record.finished === 'pending') record.finished = res.writableFinished ? 'answered' : 'abandoned';
      left.abort();
    });
    // A client that leaves in the middle is an outcome, noted by 'close'; without a listener it would end the process.
    res.on('error', () => {});
    answer({ req, res, record, script, signal: left.signal, trim: log.trim }).catch((error: unknown) => {
      sendApiError(res, { status: 500, message: error instanceof Error ? error.message : String(error) });
    });
  }

  return {
    handle,
    requests: log.requests,
    enqueue: (...steps) => script.add(steps),
    clear: () => {
      script.clear();
      log.clear();
    },
    pendingSteps: script.pending,
  };
}

type Exchange = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly record: OpenRecord;
  readonly script: ScriptQueue;
  readonly signal: AbortSignal;
  readonly trim: () => void;
};

async function answer(exchange: Exchange): Promise<void> {
  const { req, res, record } = exchange;
  if (helloPaths.includes(record.path) && (record.method === 'GET' || record.method === 'HEAD')) {
    req.resume();
    res.writeHead(200, { 'content-type': 'application/json' }).end(record.method === 'GET' ? '{}' : undefined);
    return;
  }
  if (record.method !== 'POST' || (record.path !== messagesPath && record.path !== countTokensPath)) {
    req.resume();
    sendApiError(res, { status: 404, message: `no such endpoint: ${record.method} ${record.path}` });
    return;
  }
  const read = await readRequest(exchange);
  if (read === undefined) return;
  if (!read.ok) {
    sendApiError(res, { status: 400, message: read.reason });
    return;
  }
  record.request = read.request;
  if (record.path === countTokensPath) {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ input_tokens: estimateTokens(record.bytes) }));
    return;
  }
  await answerMessages(exchange, { ...exchange, request: read.request, requestBytes: record.bytes });
}

/** Reads the body into the record; undefined when the client left or the refusal is sent already. */
async function readRequest({ req, res, record, trim, signal }: Exchange): Promise<ReadRequest | undefined> {
  const body = await readBody(req, maxBodyBytes).catch(() => undefined);
  if (body === undefined || signal.aborted) return undefined;
  record.bytes = body.bytes;
  if (!body.ok) {
    res.setHeader('connection', 'close');
    sendApiError(res, { status: 413, message: `request is larger than ${maxBodyBytes} bytes` });
    req.resume();
    return undefined;
  }
  trim();
  try {
    record.body = JSON.parse(body.text);
  } catch {
    return { ok: false, reason: 'the body is not valid JSON' };
  }
  return readMessagesRequest(record.body);
}

async function answerMessages({ script, record }: Exchange, reception: Reception): Promise<void> {
  const step = script.take(reception.request) ?? reply(reception.request);
  if (step.kind === 'text' || step.kind === 'tools') {
    await sendAnswer(step, reception);
    return;
  }
  if (step.kind === 'cut' || step.kind === 'malformed') record.finished = 'broken';
  await sendFault(step, reception);
}
