/** One chat message of a host prompt, with its text un-escaped. */
export type HostMessage = { readonly sender: string; readonly text: string };

const messagesOpen = '<messages>';
const messagesClose = '</messages>';
// The host escapes `<` in attributes and quotes. Patterns that stop there read hostile text in linear time.
const messageTag = /<message\b([^<>]*)>([\s\S]*)$/;
const quotedMessage = /<quoted_message\b[^<>]*>[^<]*<\/quoted_message>/g;
const attachmentTag = /<attachment\b([^<>]*)>/g;
const taskNote = /^\[SCHEDULED TASK[^\]]*\]\s*/;

/** The chat messages in a host prompt, oldest first; undefined when the text is not one (a task's prompt, plain text). */
export function hostMessages(text: string): HostMessage[] | undefined {
  // Searched by hand: a pattern would try every opening tag of a long text that has no closing one.
  const from = text.indexOf(messagesOpen);
  const to = text.lastIndexOf(messagesClose);
  if (from === -1 || to < from) return undefined;
  const inner = text.slice(from + messagesOpen.length, to);
  return inner
    .split('</message>')
    .map((part) => messageTag.exec(part))
    .filter((match) => match !== null)
    .map(([, attributes = '', content = '']) => ({
      sender: attribute(attributes, 'sender') ?? '',
      text: plainText(content),
    }));
}

/** What people said in a text block: the messages of a host prompt, or the whole text without the note on a task. */
export function saidIn(text: string): string[] {
  const messages = hostMessages(text);
  const said = messages === undefined ? [text.replace(taskNote, '').trim()] : messages.map((message) => message.text);
  return said.filter((line) => line !== '');
}

function plainText(content: string): string {
  const withNames = content
    .replace(quotedMessage, '')
    .replace(attachmentTag, (_tag, attributes: string) => `[attachment ${attribute(attributes, 'name') ?? ''}]`);
  return unescapeXml(withNames).trim();
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : unescapeXml(value);
}

/** Undoes the host's escaping. `&amp;` comes last, or `&amp;lt;` would turn into `<`. */
export function unescapeXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
