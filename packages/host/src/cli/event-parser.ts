import { NanoError } from '../kernel/errors.ts';

/** Longest event that is taken, in characters: the longest message with every character escaped, twice over. */
export const MAX_EVENT_CHARS = 48_000_000;

/** One server-sent event; `event` is `message` when the server names none. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The id of this event, or of the last one before it that had one. */
  readonly id: string;
}

/**
 * Reads server-sent events from bytes as they arrive: lines end in CR, LF or both, characters and lines may be cut
 * anywhere, comments and unknown fields are skipped. Throws 'host-refused' for an event beyond the limit.
 */
export function createEventParser(): { push(bytes: Uint8Array): ServerEvent[] } {
  const decoder = new TextDecoder();
  let rest = '';
  let endedInCarriageReturn = false;
  let id = '';
  let event = '';
  let lines: string[] = [];
  let chars = 0;

  function takeLine(line: string): ServerEvent | undefined {
    if (line === '') return finishEvent();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') lines.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
    return undefined;
  }

  function finishEvent(): ServerEvent | undefined {
    const finished = lines.length === 0 ? undefined : { event: event || 'message', data: lines.join('\n'), id };
    event = '';
    lines = [];
    chars = 0;
    return finished;
  }

  function checkLength(more: number): void {
    chars += more;
    if (chars > MAX_EVENT_CHARS) {
      throw new NanoError('host-refused', `the host sent an event of more than ${MAX_EVENT_CHARS} characters`);
    }
  }

  return {
    push(bytes) {
      let text = decoder.decode(bytes, { stream: true });
      if (text === '') return [];
      if (endedInCarriageReturn && text.startsWith('\n')) text = text.slice(1);
      endedInCarriageReturn = text === '' ? false : text.endsWith('\r');
      checkLength(text.length);
      const parts = text.split(/\r\n|\r|\n/);
      parts[0] = rest + (parts[0] ?? '');
      rest = parts.pop() ?? '';
      return parts.flatMap((line) => takeLine(line) ?? []);
    },
  };
}
