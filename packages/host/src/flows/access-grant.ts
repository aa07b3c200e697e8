import type { UpstreamProxy } from '../gateway/upstream-proxy.ts';
import type { Group } from '../groups/group.ts';

/** Under what a run goes out: decided anew for each, before its sandbox exists. */
export interface AccessGrant {
  /** Which kind of placeholder the agent's client gets. */
  readonly scheme: 'api-key' | 'oauth' | 'auth-token';
  /** Where credentials are put in on the way, if not here. */
  readonly proxy?: UpstreamProxy;
  /** File of certificates that programs in the sandbox have to trust. */
  readonly certificates?: string;
}

/** Why there is no grant; the run is not started then. */
export interface NoGrant {
  readonly refused: 'credentials-down' | 'credentials-refused';
}

/** Never rejects. */
export type GrantAccess = (group: Group) => Promise<AccessGrant | NoGrant>;
