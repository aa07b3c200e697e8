import type { Base } from './app-base.ts';
import type { GrantAccess } from './flows/access-grant.ts';

/** Whose credentials runs go out with: the host's own, or those that OneCLI keeps. */
export function grantAccess({ config, paths, stores, log }: Base): GrantAccess {
  const { credential } = config;
  if (credential.scheme === 'onecli') {
    const { certificates: certificatesFile } = paths;
    const deps = { ...credential, certificatesFile, groups: stores.groups, log };
    // Loaded by those who use it, as libraries of channels are.
    let access: Promise<GrantAccess> | undefined;
    return async (group) => {
      access ??= import('./flows/onecli-access.ts').then(({ createOneCliAccess }) => createOneCliAccess(deps));
      return (await access)(group);
    };
  }
  const { scheme } = credential;
  return async () => ({ scheme: scheme === 'none' ? 'api-key' : scheme });
}
