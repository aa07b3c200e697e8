import { defaultErrorMessage, sendApiError } from './api-error.ts';
import { toAssistantMessage } from './assistant-message.ts';
import { untilAborted } from './pause.ts';
import { type Reception, startStream, write, writeEvents } from './send-answer.ts';
import { type Fault, type StepText, stepText } from './step.ts';
import { unfinishedEvents } from './stream-events.ts';

const brokenEvent = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":\n\n';
const brokenDocument = '{"id":"msg_practice","type":"message","content":[';

/** Plays a fault. Resolves when it is over: for a stall, when the client has left. */
export async function sendFault(fault: Fault, reception: Reception): Promise<void> {
  const { res, request, signal } = reception;
  switch (fault.kind) {
    case 'status': {
      const { status, retryAfterSeconds } = fault;
      const message = fault.message ?? defaultErrorMessage(status);
      sendApiError(res, { status, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
      return;
    }
    case 'cut':
      await beginAnswer(fault.text, reception);
      // Destroying at once would throw away what is still in the buffers: the client is to see the text first.
      await flushed(reception);
      res.destroy();
      return;
    case 'malformed':
      await beginAnswer(fault.text, reception);
      if (request.stream) await write(reception, brokenEvent);
      res.end();
      return;
    case 'stall':
      await beginAnswer(fault.text, reception);
      await untilAborted(signal);
      return;
    default:
      return assertNever(fault);
  }
}

/** The beginning of an answer, streamed or not; without a text only the headers. */
async function beginAnswer(stepWords: StepText | undefined, reception: Reception): Promise<void> {
  const { res, request, requestBytes } = reception;
  const text = stepText(stepWords, request);
  if (!request.stream) {
    res.writeHead(200, { 'content-type': 'application/json' });
    await write(reception, brokenDocument);
    return;
  }
  startStream(res);
  if (text === '') return;
  await writeEvents(unfinishedEvents(toAssistantMessage({ kind: 'text', text }, request, requestBytes)), reception);
}

async function flushed({ res, signal }: Reception): Promise<void> {
  if (signal.aborted) return;
  const sent = new Promise<void>((resolve) => res.write(':\n\n', () => resolve()));
  await Promise.race([sent, untilAborted(signal)]);
}

function assertNever(fault: never): never {
  throw new Error(`practice model: unknown step ${JSON.stringify(fault)}: use a kind of ScriptStep`);
}
