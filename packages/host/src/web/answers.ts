import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { describeError, NanoError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

/** Answers with the status and one sentence. */
export function refuse(c: Context, status: ContentfulStatusCode, error: string): Response {
  return c.json({ error }, status);
}

/** The answer to something thrown: what callers may decide on has its status, anything else is logged and 500. */
export function answerError(c: Context, error: unknown, log: Log): Response {
  if (error instanceof NanoError) {
    if (error.code === 'message-refused') return refuse(c, 400, error.message);
    if (error.code === 'not-found') return refuse(c, 404, error.message);
    if (error.code === 'host-refused') return refuse(c, 503, error.message);
  }
  log.error('web.request-failed', { method: c.req.method, path: c.req.path, error: describeError(error) });
  return refuse(c, 500, 'the host could not do this: its log says why');
}

/**
 * Every refusal that the owner can cause is the owner's to read; only the unexpected is the log's. What a form has got
 * wrong is also told by the names of its fields.
 */
export function answerControlError(c: Context, error: unknown, log: Log): Response {
  if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error), fields: fieldsOf(error) }, 400);
  if (error instanceof SyntaxError) return c.json({ error: 'the body is not JSON' }, 400);
  if (error instanceof NanoError && error.code !== 'host-refused' && error.code !== 'not-found') {
    return c.json({ error: error.message }, 400);
  }
  return answerError(c, error, log);
}

function fieldsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map(({ path, message }) => [path.join('.'), message]));
}
