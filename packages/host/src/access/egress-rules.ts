import { EgressPolicy } from '@nanoclaw/protocol';
import { z } from 'zod';
import { parseRules } from './parse-rules.ts';

/** The file `egress-allowlist.json`: the hosts that groups with the policy `allowlist` may reach. */
export interface EgressRules {
  /** For every such group. `example.com` is one host, `*.example.com` every host below it; `:8443` behind it a port. */
  readonly hosts: readonly string[];
  /** By folder; in addition to `hosts`. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** What the file says, or why it cannot be used. Then nothing is on the list. */
export type EgressAccess = { readonly rules: EgressRules } | { readonly problem: string };

export const NO_EGRESS_LIST: EgressAccess = { rules: { hosts: [], groups: {} } };

/** Where a connection is to go, as the sandbox asks for it. */
export interface EgressTarget {
  /** A name in lower case without a dot at its end, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Ports that an entry without a port means. */
const WEB_PORTS = [80, 443];

/** Never, whatever the policy: mail between servers, through which an agent could send in anybody's name. */
const NEVER_PORTS = [25];

/** Of either kind; no name has a colon, or digits alone. */
const IS_ADDRESS = /:|^[\d.]+$/;

const Pattern = z
  .string()
  .regex(
    /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[1-9][0-9]{0,4})?$/,
    'a host in lower case such as example.com, *.example.com or example.com:8443',
  );

const Rules = z.strictObject({
  hosts: z.array(Pattern).default([]),
  groups: z.record(z.string(), z.array(Pattern)).default({}),
});

export function parseEgressRules(text: string): EgressAccess {
  return parseRules(text, Rules);
}

/** Main may reach the internet, other groups what their owner has chosen at registration, else nothing (design 3). */
export function policyOf(group: { isMain: boolean; egress: EgressPolicy | null }): EgressPolicy {
  return group.egress ?? (group.isMain ? EgressPolicy.enum.open : EgressPolicy.enum.none);
}

/** Why a connection is refused by policy; undefined when it is not. The address is looked at when it is dialled. */
export function whyRefused(
  access: EgressAccess,
  { policy, folder }: { policy: EgressPolicy; folder: string },
  target: EgressTarget,
): string | undefined {
  if (policy === 'none') return 'this chat has no access to the internet';
  if (NEVER_PORTS.includes(target.port)) return `port ${target.port} is closed to every chat`;
  if (policy === 'open') return undefined;
  if ('problem' in access) return `the list of hosts cannot be used: ${access.problem}`;
  const own = Object.hasOwn(access.rules.groups, folder) ? (access.rules.groups[folder] ?? []) : [];
  const isListed = [...access.rules.hosts, ...own].some((pattern) => matches(pattern, target));
  return isListed ? undefined : `${target.host} is not on the list of hosts for this chat`;
}

/**
 * What the owner is asked about when a host is on no list: the host, or host and port where it is not one of the web. Only
 * with the policy `allowlist`, with a list that can be used, and for names: an address tells the owner nothing.
 */
export function askableHost(
  access: EgressAccess,
  { policy }: { policy: EgressPolicy },
  { host, port }: EgressTarget,
): string | undefined {
  if (policy !== 'allowlist' || 'problem' in access || NEVER_PORTS.includes(port) || IS_ADDRESS.test(host))
    return undefined;
  return WEB_PORTS.includes(port) ? host : `${host}:${port}`;
}

function matches(pattern: string, { host, port }: EgressTarget): boolean {
  const [name = '', given] = pattern.split(':');
  const isPort = given === undefined ? WEB_PORTS.includes(port) : Number(given) === port;
  return isPort && (name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length >= name.length : host === name);
}
