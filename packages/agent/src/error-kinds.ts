import type { ErrorKind } from '@nanoclaw/protocol';

/** The fields of a failed result, and of the assistant message before it, that say why it failed. */
export interface Failure {
  /** HTTP status of the model service's last answer; null or absent when there was none. */
  status?: number | null | undefined;
  /** `error.type` of the model service's answer. */
  apiErrorType?: string | undefined;
  /** The client's own class of failure for a request without an answer. */
  apiError?: string | undefined;
  /** The Agent SDK's class of failure. */
  assistantError?: string | undefined;
  terminalReason?: string | undefined;
}

const BY_TERMINAL_REASON: Record<string, ErrorKind> = {
  aborted_streaming: 'interrupted',
  aborted_tools: 'interrupted',
  prompt_too_long: 'bad-request',
  image_error: 'bad-request',
};

const BY_ASSISTANT_ERROR: Record<string, ErrorKind> = {
  billing_error: 'billing',
  account_on_hold: 'billing',
  authentication_failed: 'auth',
  oauth_org_not_allowed: 'auth',
  verification_required: 'auth',
  cloud_credential_error: 'auth',
  rate_limit: 'rate-limit',
  overloaded: 'overloaded',
  invalid_request: 'bad-request',
  model_not_found: 'bad-request',
};

const BY_API_ERROR_TYPE: Record<string, ErrorKind> = {
  authentication_error: 'auth',
  permission_error: 'auth',
  billing_error: 'billing',
  invalid_request_error: 'bad-request',
  not_found_error: 'bad-request',
  request_too_large: 'bad-request',
  rate_limit_error: 'rate-limit',
  overloaded_error: 'overloaded',
  api_error: 'overloaded',
  timeout_error: 'overloaded',
};

/** Decides by fields only: the texts of these failures change with every version. */
export function errorKind(failure: Failure): ErrorKind {
  return (
    BY_TERMINAL_REASON[failure.terminalReason ?? ''] ??
    (isUnreachable(failure.status) ? 'network' : undefined) ??
    BY_ASSISTANT_ERROR[failure.assistantError ?? ''] ??
    BY_API_ERROR_TYPE[failure.apiErrorType ?? ''] ??
    byStatus(failure.status) ??
    (failure.apiError !== undefined || failure.terminalReason === 'api_error' ? 'network' : 'internal')
  );
}

/** Answers of a gateway on the way, ours included, that could not get through to the service. */
function isUnreachable(status: number | null | undefined): boolean {
  return status === 502 || status === 504;
}

function byStatus(status: number | null | undefined): ErrorKind | undefined {
  if (status === undefined || status === null) return undefined;
  if (status === 401 || status === 403) return 'auth';
  if (status === 402) return 'billing';
  if (status === 429) return 'rate-limit';
  if (status >= 500) return 'overloaded';
  return status >= 400 ? 'bad-request' : undefined;
}

const SENTENCES: Record<ErrorKind, string> = {
  auth: 'the model service refused the credential; check the key or token the host is configured with',
  billing: 'the model service refused the request for billing reasons; check the account the credential belongs to',
  'bad-request': 'the model service refused the request itself; a new session may help',
  'rate-limit': 'the model service says there are too many requests; try again later',
  overloaded: 'the model service is overloaded or failing; try again later',
  network: 'the model service could not be reached or its answer broke off; try again',
  'stale-session': 'the session to resume does not exist any more',
  interrupted: 'the turn was stopped',
  input: 'the runner was started with input it cannot read',
  script: 'the script of the task is broken; the log of the run has the details',
  internal: 'the agent stopped without an answer; the log of the run has the details',
};

/** One sentence for people, without any text that came from elsewhere. `status` is added where it helps. */
export function errorSentence(kind: ErrorKind, status?: number | null): string {
  return status === undefined || status === null ? SENTENCES[kind] : `${SENTENCES[kind]} (HTTP ${status})`;
}
