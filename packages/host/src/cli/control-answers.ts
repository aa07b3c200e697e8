import { z } from 'zod';

// The host that answers may be of another version than this command: what is not known here is kept, not refused.

const count = z.number();

/** What `GET /timings` answers: turns that are over, the latest first, in milliseconds. */
export const TimingsAnswer = z.array(
  z.looseObject({
    turn: z.string(),
    group: z.string(),
    isCold: z.boolean(),
    at: count,
    stages: z.record(z.string(), count),
  }),
);
export type TimingsAnswer = z.infer<typeof TimingsAnswer>;

/** What `GET /status` answers, `HostStatus` of the same version. */
export const StatusAnswer = z.looseObject({
  pid: count,
  version: z.string(),
  home: z.string(),
  startedAt: z.string(),
  assistantName: z.string(),
  model: z.looseObject({ kind: z.string(), detail: z.string() }),
  sandbox: z.looseObject({ driver: z.string(), detail: z.string(), problem: z.string().optional() }),
  web: z.looseObject({ port: count }).nullable(),
  database: z
    .looseObject({ bytes: count, lastBackupAt: z.string().nullable(), lastBackupError: z.string().nullable() })
    .optional(),
  channels: z.array(
    z.looseObject({
      name: z.string(),
      isConnected: z.boolean(),
      problem: z.string().optional(),
      lastInboundAt: z.string().nullish(),
      lastOutboundAt: z.string().nullish(),
      lastError: z.looseObject({ at: z.string(), reason: z.string() }).nullish(),
    }),
  ),
  groups: count,
  queue: z.looseObject({ cap: count, inUse: count, places: z.record(z.string(), z.string()) }),
  live: z.array(
    z.looseObject({ group: z.string(), sandbox: z.string(), run: z.string(), phase: z.string(), openTurns: count }),
  ),
  turns: z.record(z.string(), count),
  outbox: z.record(z.string(), count),
  quarantine: z.record(z.string(), count).optional(),
  invariants: z
    .array(z.looseObject({ name: z.string(), violations: count, lastAt: z.string(), lastDetail: z.string() }))
    .optional(),
  recordFailures: count.optional(),
  tasks: z.record(z.string(), count),
  usage: z.looseObject({ results: count, inputTokens: count, outputTokens: count, costUsd: count }),
});
export type StatusAnswer = z.infer<typeof StatusAnswer>;

export const GroupAnswer = z.looseObject({
  jid: z.string(),
  name: z.string(),
  folder: z.string(),
  trigger: z.string(),
  requiresTrigger: z.boolean(),
  isMain: z.boolean(),
  addedAt: z.string(),
  handledSeq: z.number(),
  model: z.string().nullish(),
  timeoutMs: z.number().nullish(),
  dailyBudgetUsd: z.number().nullish(),
  egress: z.string().nullish(),
  mounts: z.array(z.unknown()).nullish(),
  team: z.looseObject({ of: z.string(), role: z.string() }).nullish(),
});
/** A group as commands show it; `Group` of the host is one. */
export type GroupAnswer = Readonly<z.infer<typeof GroupAnswer>>;

export const MessageAnswer = z.looseObject({
  seq: z.number(),
  senderName: z.string(),
  content: z.string(),
  timestamp: z.string(),
  isBotMessage: z.boolean(),
});
/** A stored message as commands show it; `StoredMessage` of the host is one. */
export type MessageAnswer = Readonly<z.infer<typeof MessageAnswer>>;

/** A message that a search has found. */
export const FoundAnswer = MessageAnswer.extend({ chatJid: z.string() });
export type FoundAnswer = Readonly<z.infer<typeof FoundAnswer>>;

const TaskRunAnswer = z.looseObject({
  runAt: z.string(),
  durationMs: count,
  status: z.string(),
  result: z.string().nullable(),
  error: z.string().nullable(),
});

export const TaskAnswer = z.looseObject({
  id: z.string(),
  groupFolder: z.string(),
  prompt: z.string(),
  script: z.string().nullable(),
  scheduleType: z.string(),
  scheduleValue: z.string(),
  contextMode: z.string(),
  model: z.string().nullable(),
  nextRun: z.string().nullable(),
  status: z.string(),
  lastRun: z.string().nullable(),
  lastResult: z.string().nullable(),
  runs: z.array(TaskRunAnswer).optional(),
});
/** A task as commands show it; `TaskDetail` of the host is one. */
export type TaskAnswer = Readonly<z.infer<typeof TaskAnswer>>;

const UsageRowAnswer = z.looseObject({
  name: z.string(),
  requests: count,
  inputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  costUsd: count,
});

/** What `GET /usage` answers, `UsageReport` of the same version. */
export const UsageAnswer = z.looseObject({
  since: z.string(),
  rows: z.array(UsageRowAnswer),
  total: UsageRowAnswer,
  context: z.array(z.looseObject({ name: z.string(), requests: count, sources: z.record(z.string(), count) })),
});
export type UsageAnswer = Readonly<z.infer<typeof UsageAnswer>>;

export const MemoryAnswer = z.looseObject({
  id: count,
  folder: z.string(),
  path: z.string(),
  at: z.string(),
  runId: z.string().nullable(),
  content: z.string().nullable(),
});
/** A version of a memory file as commands show it; `MemoryVersion` of the host is one. */
export type MemoryAnswer = Readonly<z.infer<typeof MemoryAnswer>>;

export const SandboxAnswer = z.looseObject({
  name: z.string(),
  groupFolder: z.string(),
  runId: z.string(),
  startedAtMs: z.number().optional(),
});
export type SandboxAnswer = Readonly<z.infer<typeof SandboxAnswer>>;

/** What `POST /backup` answers. */
export const ArchiveAnswer = z.looseObject({
  file: z.string(),
  bytes: count,
  files: count,
  messages: count,
  hasSecrets: z.boolean(),
  isSealed: z.boolean().optional(),
});
export type ArchiveAnswer = Readonly<z.infer<typeof ArchiveAnswer>>;

/** What `POST /pair` answers. */
export const PairingAnswer = z.object({ code: z.string(), expiresAt: z.number() });
export const PageAnswer = z.object({ url: z.string() });
export const SaidAnswer = z.object({ seq: z.number() });
export const StoppedAnswer = z.object({ stopped: z.string() });
export const RefusalAnswer = z.object({ error: z.string() });

export const MessageEvent = z.object({
  seq: z.number(),
  from: z.enum(['owner', 'assistant']),
  sender: z.string(),
  text: z.string(),
  time: z.string(),
  files: z.array(z.object({ key: z.string(), name: z.string(), type: z.string(), path: z.string() })).optional(),
});
export const TypingEvent = z.object({ isTyping: z.boolean() });
export const PartialEvent = z.object({ text: z.string() });

/** What `GET /links/<channel>` answers. */
export const LinkAnswer = z.looseObject({
  phase: z.string(),
  problem: z.string().optional(),
  /** The QR code, drawn. */
  text: z.string().optional(),
  code: z.string().optional(),
  number: z.string().optional(),
});
export type LinkAnswer = z.infer<typeof LinkAnswer>;

export const ApprovalAnswer = z.looseObject({
  id: z.number(),
  groupFolder: z.string(),
  kind: z.string(),
  wish: z.string(),
  askedAt: z.number(),
  expiresAt: z.number(),
  state: z.string(),
  isAlways: z.boolean(),
  decidedBy: z.string().nullable(),
});
export type ApprovalAnswer = Readonly<z.infer<typeof ApprovalAnswer>>;

export const ApprovalsAnswer = z.looseObject({
  waiting: z.array(ApprovalAnswer),
  always: z.array(ApprovalAnswer),
  past: z.array(ApprovalAnswer),
});
