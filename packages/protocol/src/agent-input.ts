import { z } from 'zod';
import { EgressPolicy } from './egress-policy.ts';
import { MAX_PROMPT_CHARS } from './limits.ts';
import { FolderName } from './paths.ts';

/** A service to which the gateway adds the owner's credential; without the credential. */
export const ServiceAccess = z.object({
  name: z.string().min(1),
  /** Beginnings of the addresses that may be asked for, `http://` always: the gateway adds TLS. */
  addresses: z.array(z.string().min(1)),
  methods: z.array(z.string().min(1)),
});
export type ServiceAccess = z.infer<typeof ServiceAccess>;

/** How the sandbox talks to the model gateway. The token is a per-run placeholder; the real key never enters. */
export const GatewayAccess = z.object({
  /** Which kind of credential the owner configured; decides the header the model client uses. */
  scheme: z.enum(['api-key', 'oauth', 'auth-token']),
  token: z.string().min(16),
  /** What the gateway reaches besides the model service; absent: nothing. */
  egress: EgressPolicy.optional(),
  services: z.array(ServiceAccess).optional(),
});
export type GatewayAccess = z.infer<typeof GatewayAccess>;

/**
 * The one JSON object on the runner's standard input, followed by end of file. The first block of fields is v1's;
 * the optional ones below it are ours, and a v1 runner ignores them.
 */
export const AgentInput = z.object({
  prompt: z.string().max(MAX_PROMPT_CHARS),
  sessionId: z.string().min(1).optional(),
  groupFolder: FolderName,
  chatJid: z.string().min(1),
  isMain: z.boolean(),
  isScheduledTask: z.boolean().optional(),
  assistantName: z.string().min(1).optional(),
  script: z.string().optional(),
  runId: z.string().min(1).optional(),
  /** Secret of this run. Output blocks that do not repeat it are treated as log. */
  nonce: z.string().min(16).optional(),
  /** Model name for this run; absent means the Agent SDK's default. */
  model: z.string().min(1).optional(),
  /** Absent when the image reaches the model some other way (a v1 image). */
  gateway: GatewayAccess.optional(),
  /** True asks for `partial` blocks while the answer is being written. */
  partials: z.boolean().optional(),
  timezone: z.string().min(1).optional(),
  /** Present when this is a teammate of another agent: what it does, and the name of that agent. */
  team: z.object({ role: z.string().min(1), lead: z.string().min(1) }).optional(),
});
export type AgentInput = z.infer<typeof AgentInput>;
