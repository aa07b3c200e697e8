import { z } from 'zod';

/** What of the internet an agent may reach through the gateway. */
export const EgressPolicy = z.enum(['open', 'allowlist', 'none']);
export type EgressPolicy = z.infer<typeof EgressPolicy>;
