/** A mail as somebody writes it; what is left out is that of an ordinary mail of Ann's. */
export interface WrittenMail {
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly messageId?: string;
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  /** What the receiving server says about its origin; null for nothing. */
  readonly authentication?: string | null;
  /** Further lines of the head, such as `List-Id: <x>`. */
  readonly head?: readonly string[];
  readonly files?: readonly { readonly name: string; readonly mime: string; readonly content: Buffer }[];
}

/** The mail as it lies in a mailbox. */
export function rawMail(mail: WrittenMail): Buffer {
  const { from = 'Ann <ann@example.test>', to = 'andy@mail.test', subject = 'Hello', files = [] } = mail;
  const { authentication = 'mx.mail.test; dmarc=pass header.from=example.test' } = mail;
  const head = [
    ...(authentication === null ? [] : [`Authentication-Results: ${authentication}`]),
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    'Date: Sat, 03 Jan 2026 10:00:00 +0000',
    ...(mail.messageId === undefined ? [] : [`Message-ID: ${mail.messageId}`]),
    ...(mail.inReplyTo === undefined ? [] : [`In-Reply-To: ${mail.inReplyTo}`]),
    ...(mail.references === undefined ? [] : [`References: ${mail.references.join(' ')}`]),
    ...(mail.head ?? []),
    'MIME-Version: 1.0',
  ];
  const bodies = [
    ...(mail.text === undefined && mail.html !== undefined ? [] : [part('text/plain', mail.text ?? 'hi')]),
    ...(mail.html === undefined ? [] : [part('text/html', mail.html)]),
  ];
  const attached = files.map(({ name, mime, content }) =>
    [
      `Content-Type: ${mime}; name="${name}"`,
      `Content-Disposition: attachment; filename="${name}"`,
      'Content-Transfer-Encoding: base64',
      '',
      content.toString('base64').replaceAll(/.{76}/g, '$&\r\n'),
    ].join('\r\n'),
  );
  const [first = ''] = bodies;
  const text = bodies.length === 1 ? first : multipart('alternative', bodies);
  const whole = attached.length === 0 ? text : multipart('mixed', [text, ...attached]);
  return Buffer.from(`${head.join('\r\n')}\r\n${whole}`);
}

function part(mime: string, content: string): string {
  const encoded = Buffer.from(content).toString('base64').replaceAll(/.{76}/g, '$&\r\n');
  return `Content-Type: ${mime}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}`;
}

function multipart(kind: string, parts: readonly string[]): string {
  const boundary = `=_${kind}_of_a_test`;
  const inner = parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('');
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${inner}--${boundary}--\r\n`;
}
