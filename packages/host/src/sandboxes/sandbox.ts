import type { Readable, Writable } from 'node:stream';
import type { SandboxSpec } from './spec.ts';

/**
 * Whether a driver can be used now. `remedy` is the one command that would make it usable; `mayPass` says that it is
 * installed and may become usable by itself, as an engine does that is still starting.
 */
export type Availability = { ok: true; detail: string } | { ok: false; reason: string; remedy: string; mayPass?: true };

/** Whether what the sandbox is made from is there and of this build. */
export type ImageState = { phase: 'ready' } | { phase: 'missing' | 'outdated'; reason: string; remedy: string };

/** A live sandbox as drivers report it. */
export interface SandboxInfo {
  name: string;
  groupFolder: string;
  runId: string;
  /** Milliseconds since the epoch; undefined where the driver cannot tell. */
  startedAtMs?: number;
}

/**
 * How a sandbox ended.
 * - `exited`: the runner ended by itself with this code.
 * - `killed`: stop() or somebody else ended it.
 * - `out-of-memory`: the memory limit ended it.
 * - `never-started`: the engine could not start it; `detail` says why.
 */
export type SandboxExit =
  | { kind: 'exited'; code: number }
  | { kind: 'killed'; signal: string }
  | { kind: 'out-of-memory' }
  | { kind: 'never-started'; detail: string };

/** One sandbox that was asked to start. The streams belong to the caller. */
export interface RunningSandbox {
  readonly name: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles once, never rejects. */
  readonly exited: Promise<SandboxExit>;
  /** Ends the sandbox with everything in it at once. Idempotent; resolves when nothing is left. */
  stop(): Promise<void>;
}

/**
 * Port: one way to run a SandboxSpec. A driver only translates the spec into the argument list of a well-kept tool;
 * policy is in the spec. Every driver passes `testkit/sandbox-conformance`.
 */
export interface SandboxDriver {
  readonly kind: 'docker' | 'podman' | 'apple' | 'bubblewrap';
  /** Does the tool answer? Cheap enough to be asked at every start. Never throws. */
  available(): Promise<Availability>;
  /** Is the root file system there? Never throws when `available` said yes. */
  image(): Promise<ImageState>;
  /** The argument list that `start` would run; reading it is reading the boundary. Pure. */
  commandLine(spec: SandboxSpec): readonly string[];
  /** Returns at once; a failure to start shows as `exited: never-started`. */
  start(spec: SandboxSpec): RunningSandbox;
  /** Live sandboxes of this installation, never another's. */
  list(): Promise<SandboxInfo[]>;
  /** Ends one by name; false when this installation has none of that name. */
  stop(name: string): Promise<boolean>;
}
