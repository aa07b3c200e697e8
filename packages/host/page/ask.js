/** After this long without an answer a request counts as failed, in milliseconds. */
const ASK_LIMIT_MS = 30_000;

/** Why the host did not do what was asked: its sentence, and what is wrong with which field of a form. */
export class Refusal extends Error {
  constructor(message, { status = 0, fields = {} } = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** Asks the host for something; gives its answer or throws a Refusal. */
export async function ask(path, { method = 'GET', body, signal } = {}) {
  const limit = AbortSignal.timeout(ASK_LIMIT_MS);
  let response;
  let answer;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    answer = await response.json();
  } catch {
    throw new Refusal('The host does not answer. Is it running? Try again in a moment.');
  }
  if (response.ok) return answer;
  throw new Refusal(answer.error ?? 'The host could not do this.', { status: response.status, fields: answer.fields });
}

/** An address with what is not empty of a query. */
export function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** A part of an address. */
export const part = encodeURIComponent;
