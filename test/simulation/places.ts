import { FAILPOINTS } from '@nanoclaw/host/kernel/failpoints.js';

/** The places that a host passes again and again while it works; a migration and a restore happen once in a home. */
export const PLACES = FAILPOINTS.filter((name) => !/^(migration|restore)-/.test(name));
