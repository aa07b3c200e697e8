import { existsSync, writeFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { OneCLI, OneCLIRequestError } from '@onecli-sh/sdk';
import { z } from 'zod';
import { parseProxy } from '../gateway/upstream-proxy.ts';
import type { Group } from '../groups/group.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { GrantAccess } from './access-grant.ts';

/** How long OneCLI may take to say how an agent goes out, in milliseconds. */
const ONECLI_TIMEOUT_MS = 5_000;

/** Longest identifier of an agent that OneCLI takes. */
const MAX_IDENTIFIER_CHARS = 50;

const Answer = z.object({
  env: z.record(z.string(), z.string()),
  caCertificate: z.string().includes('-----BEGIN CERTIFICATE-----'),
});

export interface OneCliDeps {
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Where the certificates are written that sandboxes trust. */
  readonly certificatesFile: string;
  readonly groups: { list(): readonly Group[] };
  readonly log: Log;
}

/**
 * Asks OneCLI, before each run, how its agent goes out. Main is OneCLI's default agent, every other chat one of its own,
 * made when it is first needed (v1). OneCLI's proxy address, which holds the agent's token, stays in the host.
 */
export function createOneCliAccess(deps: OneCliDeps): GrantAccess {
  // An absent key must not let the SDK look into the environment, which the configuration has judged already.
  const client = new OneCLI({ url: deps.url, apiKey: deps.apiKey ?? '', timeout: ONECLI_TIMEOUT_MS });
  let written = '';

  async function ask(group: Group) {
    if (group.isMain) return client.getContainerConfig();
    const identifier = agentIdentifier(group.folder);
    const twin = deps.groups
      .list()
      .find((other) => other.folder !== group.folder && agentIdentifier(other.folder) === identifier);
    if (twin !== undefined)
      throw new Error(`the chats ${group.folder} and ${twin.folder} would be one agent of OneCLI`);
    await client.ensureAgent({ name: group.name, identifier });
    return client.getContainerConfig({ agent: identifier });
  }

  return async (group) => {
    try {
      const { env, caCertificate } = Answer.parse(await ask(group));
      const proxy = parseProxy(env['HTTPS_PROXY'] ?? env['https_proxy'] ?? '', caCertificate);
      if (proxy === undefined) throw new Error('OneCLI names no proxy');
      if (written !== caCertificate || !existsSync(deps.certificatesFile)) {
        writeFileSync(deps.certificatesFile, [...rootCertificates, caCertificate].join('\n'), { mode: 0o644 });
        written = caCertificate;
      }
      const scheme = 'CLAUDE_CODE_OAUTH_TOKEN' in env ? 'oauth' : 'api-key';
      return { scheme, proxy, certificates: deps.certificatesFile };
    } catch (error) {
      const isRefusal = error instanceof OneCLIRequestError && error.statusCode < 500;
      const refused = isRefusal ? 'credentials-refused' : 'credentials-down';
      deps.log.error('onecli.no-access', { group: group.folder, refused, error: describeError(error) });
      return { refused };
    }
  };
}

/** v1's: the folder in lower case with hyphens. */
export function agentIdentifier(folder: string): string {
  return folder.toLowerCase().replaceAll('_', '-').slice(0, MAX_IDENTIFIER_CHARS);
}
