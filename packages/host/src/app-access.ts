import type { Base } from './app-base.ts';
import type { GrantAccess } from './flows/access-grant.ts';
import { createOneCliAccess } from './flows/onecli-access.ts';

/** Whose credentials runs go out with: the host's own, or those that OneCLI keeps. */
export function grantAccess({ config, paths, stores, log }: Base): GrantAccess {
  const { credential } = config;
  if (credential.scheme === 'onecli') {
    const { certificates: certificatesFile } = paths;
    return createOneCliAccess({ ...credential, certificatesFile, groups: stores.groups, log });
  }
  const { scheme } = credential;
  return async () => ({ scheme: scheme === 'none' ? 'api-key' : scheme });
}
