/** What is to be done after WhatsApp has ended a connection. */
export type AfterClose =
  /** At once: WhatsApp has asked for it. */
  | { readonly kind: 'again' }
  /** After a pause that grows. */
  | { readonly kind: 'later'; readonly reason: string }
  /** The phone no longer knows this device: its keys are worth nothing. */
  | { readonly kind: 'unlinked'; readonly reason: string }
  /** Trying again by itself would do harm. */
  | { readonly kind: 'stay-away'; readonly reason: string };

const RESTART_TO_RETRY = 'then restart the host';

export function afterClose(code: number | undefined): AfterClose {
  switch (code) {
    case 515:
      return { kind: 'again' };
    case 401:
      return {
        kind: 'unlinked',
        reason: 'WhatsApp has removed this device: link it anew with nanoclaw link whatsapp',
      };
    case 440:
      return {
        kind: 'stay-away',
        reason: `another program has taken the place of this device at WhatsApp: stop that one, ${RESTART_TO_RETRY}`,
      };
    case 403:
      return {
        kind: 'stay-away',
        reason: `WhatsApp has blocked this account: open WhatsApp on its phone to see why, ${RESTART_TO_RETRY}`,
      };
    case 411:
      return {
        kind: 'stay-away',
        reason: `the phone's WhatsApp is too old for linked devices: update it, ${RESTART_TO_RETRY}`,
      };
    case 405:
      return { kind: 'later', reason: 'WhatsApp no longer accepts this version of the client: update NanoClaw' };
    case 503:
      return { kind: 'later', reason: 'WhatsApp is not available at the moment' };
    case 408:
      return { kind: 'later', reason: 'WhatsApp did not answer in time, or cannot be reached' };
    default:
      return { kind: 'later', reason: `the connection to WhatsApp ended (${code ?? 'without a reason'})` };
  }
}
