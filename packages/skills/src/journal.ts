import { z } from 'zod';

const Facts = z.strictObject({ sha256: z.string(), executable: z.boolean() });

const JournalFile = z.strictObject({
  path: z.string(),
  /** The file as it was; its bytes are in `before/<index>` until they are put back. */
  before: Facts.extend({ modifiedMs: z.number() }).nullable(),
  /** What the transaction makes of it; null when it goes away, absent when it is only watched. */
  after: Facts.nullable().optional(),
});

/** Everything that undoes a transaction, on the disk before its first change. */
export const Journal = z.strictObject({
  format: z.literal(1),
  transaction: z.string(),
  /** What is being done, for people. */
  what: z.string(),
  files: z.array(JournalFile),
  /** Folders that the transaction makes. */
  folders: z.array(z.string()),
  /** Folders that earlier ones have made, which may be needed no more. */
  earlier_folders: z.array(z.string()),
  /** Whether commands run: then every file of the project is watched, and new ones belong to them. */
  watches: z.boolean(),
});

export type Journal = z.infer<typeof Journal>;
export type JournalFile = z.infer<typeof JournalFile>;
