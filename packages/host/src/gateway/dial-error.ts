/** Why there is no connection. `forbidden`: where it leads is not the public internet. */
export class DialError extends Error {
  readonly kind: 'forbidden' | 'unknown-host' | 'unreachable';

  constructor(kind: DialError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
