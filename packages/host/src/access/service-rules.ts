import { z } from 'zod';
import type { EgressTarget } from './egress-rules.ts';
import { parseRules } from './parse-rules.ts';

/** One service of the owner's, and the header by which it knows them. The value is a secret: it stays in the host. */
export interface ServiceRule {
  /** What agents and the record call it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Beginnings of paths that the credential is for. */
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly header: string;
  readonly value: string;
  /** Folders of the groups that may use it; `*` is every group. */
  readonly groups: readonly string[];
  /** Whether the owner is asked before a group uses it. */
  readonly ask: boolean;
}

/** What the file says, or why it cannot be used. Then there is no service. */
export type ServiceAccess =
  | { readonly rules: { readonly services: readonly ServiceRule[] } }
  | { readonly problem: string };

export const NO_SERVICES: ServiceAccess = { rules: { services: [] } };

/** What an agent asks a host for. */
export interface ServiceRequest extends EgressTarget {
  readonly method: string;
  readonly path: string;
}

/** `other`: no service, so that the group's policy decides. `refused`: it is one, but not for this request. */
export type ServiceVerdict =
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'service'; readonly rule: ServiceRule };

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Headers that belong to the connection or frame a request (RFC 9110, 7.6.1): no credential is in one. */
const NO_CREDENTIAL = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
];

/** Shorter values would be found by chance in what a service answers, where they are struck out. */
const MIN_VALUE_CHARS = 8;

const Rule = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, 'a name of letters, digits, spaces, dots and hyphens'),
  host: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
      'a host in lower case such as api.example.com',
    ),
  port: z.number().int().min(1).max(65_535).default(443),
  paths: z
    .array(z.string().regex(/^\/[\x21-\x7e]*$/, 'a path such as /v1/'))
    .min(1)
    .default(['/']),
  methods: z
    .array(z.enum(METHODS))
    .min(1)
    .default([...METHODS]),
  header: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'the name of a header in lower case, such as authorization')
    .refine((name) => !NO_CREDENTIAL.includes(name), 'a header that can carry a credential'),
  value: z
    .string()
    .regex(/^[\x21-\x7e][\x20-\x7e]*[\x21-\x7e]$/, 'one line of printable characters')
    .min(MIN_VALUE_CHARS),
  groups: z.array(z.string().min(1)).min(1),
  ask: z.boolean().default(false),
});

const Rules = z.strictObject({ services: z.array(Rule) });

export function parseServiceRules(text: string): ServiceAccess {
  return parseRules(text, Rules);
}

/** The services that a group may use. */
export function servicesOf(access: ServiceAccess, folder: string): readonly ServiceRule[] {
  if ('problem' in access) return [];
  return access.rules.services.filter(({ groups }) => groups.includes('*') || groups.includes(folder));
}

/**
 * Which of the owner's services a plain request is for. A service is asked for as `http://host/path`, without TLS,
 * which the gateway adds: it could put nothing into a request that it cannot read.
 */
export function judgeService(access: ServiceAccess, folder: string, request: ServiceRequest): ServiceVerdict {
  const known = servicesOf(access, folder).filter(({ host }) => host === request.host && request.port === 80);
  if (known.length === 0) return { kind: 'other' };
  const [path = ''] = request.path.split('?', 1);
  if (isAmbiguous(path))
    return { kind: 'refused', why: 'the path of a service holds no dot segments, escapes of them or empty parts' };
  const rule = known.find(
    ({ paths, methods }) => methods.includes(request.method) && paths.some((start) => path.startsWith(start)),
  );
  if (rule !== undefined) return { kind: 'service', rule };
  const offers = known.map(({ methods, paths }) => `${methods.join('|')} ${paths.join(' ')}`).join(', ');
  return { kind: 'refused', why: `the credential for ${request.host} is for ${offers} only` };
}

/** True for a path that a server may read as another one than its beginning says. */
function isAmbiguous(path: string): boolean {
  return /\/\.{1,2}(\/|$)|%2e|%2f|%5c|\\|\/\/|;/i.test(path);
}
