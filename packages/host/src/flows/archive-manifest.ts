import { z } from 'zod';

/** The form of archives that this build makes and reads. */
export const ARCHIVE_FORMAT = 1;

/** Where the manifest stands in the archive; it is the first entry. */
export const MANIFEST_NAME = 'manifest.json';

/** The folder of the archive that holds what belongs into the home. */
export const HOME_FOLDER = 'home';

/** Largest manifest that is read, in bytes. */
export const MAX_MANIFEST_BYTES = 512 * 1024 * 1024;

/** Most entries of one archive. */
export const MAX_ARCHIVE_ENTRIES = 2_000_000;

/** What an archive holds of a home, by the names that these things have there. */
export const ARCHIVED = {
  database: 'store/messages.db',
  /** Folders that agents write in, and the state of their sessions. */
  trees: ['groups', 'data/sessions'],
  /** Only where the owner asks for it: keys, and what logs channels in. */
  secrets: ['.env', 'store/auth'],
} as const;

const path = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0]{1,4096}$/, 'a path below the home');

export const Manifest = z.object({
  format: z.literal(ARCHIVE_FORMAT),
  /** ISO 8601. */
  madeAt: z.string(),
  version: z.string(),
  schema: z.number().int(),
  hasSecrets: z.boolean(),
  /** Rows of the database, for people. */
  counts: z.object({ messages: z.number(), turns: z.number(), groups: z.number() }),
  /** Every regular file below the home folder. */
  files: z.array(z.object({ path, bytes: z.number().int().min(0), sha256: z.string() })).max(MAX_ARCHIVE_ENTRIES),
  /** Symbolic links, which the archive itself holds none of: they are made when all else is in place. */
  links: z.array(z.object({ path, target: z.string().min(1).max(4_096) })).max(MAX_ARCHIVE_ENTRIES),
});
export type Manifest = z.infer<typeof Manifest>;

/** A wish for a backup. */
export interface ArchiveRequest {
  /** Absolute. */
  readonly file: string;
  readonly withSecrets: boolean;
  /** Replaces a file that is there. */
  readonly force: boolean;
  /** Absolute path of the file with the passphrase to seal it with; without one it is not sealed. */
  readonly passphraseFile?: string | undefined;
}

/** What was made. Sizes in bytes. */
export interface MadeArchive {
  readonly file: string;
  readonly bytes: number;
  readonly files: number;
  readonly messages: number;
  readonly hasSecrets: boolean;
  readonly isSealed: boolean;
}

export interface RestoreRequest {
  /** Absolute. */
  readonly file: string;
  /** Only reads and checks. */
  readonly isCheck: boolean;
  /** Also when the home is in use; what is there is put aside. */
  readonly force: boolean;
  /** Absolute path of the file with the passphrase it was sealed with. */
  readonly passphraseFile?: string | undefined;
}

export interface RestoredHome {
  readonly home: string;
  readonly parts: readonly string[];
  readonly madeAt: string | null;
  readonly version: string | null;
  readonly counts: Manifest['counts'] | null;
  /** Where the old parts are now. */
  readonly aside: string | null;
}
