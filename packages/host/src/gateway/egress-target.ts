import { isIP } from 'node:net';
import type { EgressTarget } from '../access/egress-rules.ts';

export type { EgressTarget as Target };

/** Longest name of a host (RFC 1035, 2.3.4). */
const MAX_HOST_CHARS = 253;

/** Reads the target of a CONNECT request, `host:port` (RFC 9110, 9.3.6); undefined for everything else. */
export function parseAuthority(text: string): EgressTarget | undefined {
  const [, bracketed, name, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed === undefined ? hostOf(name ?? '') : isIP(bracketed) === 6 ? bracketed : undefined;
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** Reads the target of a request for `http://…`, which a proxy gets whole; with the path that goes to the host. */
export function parseHttpTarget(text: string): (EgressTarget & { readonly path: string }) | undefined {
  const [, authority = '', path = ''] = /^http:\/\/([^/?#]+)([^#]*)$/i.exec(text) ?? [];
  if (!/^[\x21-\x7e]*$/.test(path)) return undefined;
  const target = parseAuthority(/:[0-9]+$/.test(authority) ? authority : `${authority}:80`);
  return target && { ...target, path: path.startsWith('/') ? path : `/${path}` };
}

/**
 * A name is letters, digits and hyphens between dots; what else a resolver takes (`0x7f.1`, `127.1`) is such a name
 * too, and is judged by the address that it leads to.
 */
function hostOf(text: string): string | undefined {
  const host = text.toLowerCase().replace(/\.$/, '');
  const isName = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(host);
  return isName && host.length <= MAX_HOST_CHARS ? host : undefined;
}
