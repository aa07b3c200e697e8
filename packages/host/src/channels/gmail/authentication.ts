import type { HeadLine } from './mail.ts';

/*
 * The sender's line of a mail is what its writer wants it to be. The server that received it has checked where it came from
 * and has written that on top, in `Authentication-Results` (RFC 8601). Only what that server says counts: everybody can put
 * such a line into a mail, but servers add theirs above what came in, and remove those that carry their own name.
 */

/** Whether the trusted server says that the mail is from the domain of this address. */
export function isAuthentic(head: readonly HeadLine[], address: string, server: string): boolean {
  const domain = domainOf(address);
  const found = head
    .filter(({ key }) => key === 'authentication-results')
    .map(({ value }) => readResults(value))
    .find((results) => results.server === server.toLowerCase());
  if (found === undefined) return false;
  const dmarc = found.checks.filter(({ method }) => method === 'dmarc');
  if (dmarc.some(({ result }) => result === 'fail')) return false;
  if (dmarc.some(({ result, properties }) => result === 'pass' && isSame(properties['header.from'], domain)))
    return true;
  return found.checks.some(({ method, result, properties }) => {
    if (result !== 'pass') return false;
    if (method === 'dkim') return speaksFor(properties['header.d'] ?? domainOf(properties['header.i'] ?? ''), domain);
    return method === 'spf' && speaksFor(domainOf(properties['smtp.mailfrom'] ?? ''), domain);
  });
}

/** A DMARC line without a domain is about the sender's line; there is only one. */
function isSame(named: string | undefined, domain: string): boolean {
  return named === undefined || domainOf(named) === domain;
}

/** Whether the owner of `signer` may speak for `domain`: it is the same or lies below it, never the other way round. */
function speaksFor(signer: string, domain: string): boolean {
  return signer === domain || (signer.includes('.') && domain.endsWith(`.${signer}`));
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

interface Check {
  readonly method: string;
  readonly result: string;
  /** Such as `header.d`. */
  readonly properties: Readonly<Record<string, string>>;
}

function readResults(value: string): { server: string; checks: Check[] } {
  const [first = [], ...rest] = splitTokens(value);
  const checks = rest.flatMap((tokens): Check[] => {
    const [verdict = '', ...others] = tokens;
    const [, method = '', result = ''] = /^([a-z0-9-]+)(?:\/\d+)?=([a-z]+)$/.exec(verdict.toLowerCase()) ?? [];
    const properties: Record<string, string> = {};
    for (const token of others) {
      const [, name, said] = /^([a-z]+\.[a-z0-9-]+)=(.+)$/is.exec(token) ?? [];
      if (name !== undefined && said !== undefined) properties[name.toLowerCase()] ??= said;
    }
    return method === '' ? [] : [{ method, result, properties }];
  });
  return { server: (first[0] ?? '').toLowerCase(), checks };
}

/**
 * The parts between semicolons, each as its words, without comments. What stands in quotes is one word, whatever is in it:
 * the address a mail came from may be any text in quotes, a whole verdict included.
 */
function splitTokens(value: string): string[][] {
  const parts: string[][] = [[]];
  let word = '';
  let depth = 0;
  let isQuoted = false;
  const endWord = (): void => {
    if (word !== '') parts.at(-1)?.push(word);
    word = '';
  };
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? '';
    if (character === '\\') {
      at++;
      if (depth === 0) word += value[at] ?? '';
    } else if (isQuoted) {
      if (character === '"') isQuoted = false;
      else word += character;
    } else if (character === '(') depth++;
    else if (depth > 0) depth -= character === ')' ? 1 : 0;
    else if (character === '"') isQuoted = true;
    else if (character === ';') {
      endWord();
      parts.push([]);
    } else if (/\s/.test(character)) endWord();
    else word += character;
  }
  endWord();
  return parts;
}
