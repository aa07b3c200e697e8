/** A file in a form. */
export class FormFile {
  readonly name: string;
  readonly content: Buffer;

  constructor(name: string, content: Buffer) {
    this.name = name;
    this.content = content;
  }
}

/** The parts of a form. Parsers that are at hand want a space after each colon, which this client does not write. */
export function readForm(body: Buffer, type: string): Record<string, unknown> {
  const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? '';
  const parts = body.toString('latin1').split(`--${boundary}`).slice(1, -1);
  const fields: Record<string, unknown> = {};
  for (const part of parts) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const content = Buffer.from(rest.join('\r\n\r\n').replace(/\r\n$/, ''), 'latin1');
    const name = /name="?([^";\r]+)"?/.exec(head)?.[1] ?? '';
    const file = /filename="?([^";\r]+)"?/.exec(head)?.[1];
    fields[name] = file === undefined ? content.toString('utf8') : new FormFile(file, content);
  }
  return fields;
}
