import type { ServerResponse } from 'node:http';

/** An error as the Messages API words it. */
export type ApiError = { readonly status: number; readonly message: string; readonly retryAfterSeconds?: number };

const typeByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const messageByStatus: Readonly<Record<number, string>> = {
  401: 'invalid x-api-key',
  403: 'the key may not use this resource',
  429: 'this request would exceed the rate limit',
  500: 'internal server error',
  529: 'overloaded',
};

/** The API's error type for a status; statuses it does not list are `api_error` or `invalid_request_error`. */
export function errorType(status: number): string {
  return typeByStatus[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** The API's usual words for a status. */
export function defaultErrorMessage(status: number): string {
  return messageByStatus[status] ?? `error ${status}`;
}

/** Sends the error document. Does nothing but end the response when headers are out already. */
export function sendApiError(res: ServerResponse, error: ApiError): void {
  if (res.headersSent) {
    res.end();
    return;
  }
  const retryAfter = error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) };
  res.writeHead(error.status, { 'content-type': 'application/json', ...retryAfter });
  res.end(JSON.stringify({ type: 'error', error: { type: errorType(error.status), message: error.message } }));
}
