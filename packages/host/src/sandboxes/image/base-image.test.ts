import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { dockerDialect } from '../docker/docker-dialect.ts';
import { createEngineClient } from '../engine/engine-client.ts';
import { type BaseChoice, prepareBase } from './base-image.ts';

const containerDirectory = fileURLToPath(new URL('../../../../../container', import.meta.url));
const HAS_NOTHING = 'exit 1';
const HAS_DEBIAN_BASE = 'case "$*" in *nanoclaw-base:*) exit 0;; *) exit 1;; esac';

describe('the base of the image', () => {
  let directory: string;
  const progress: string[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nanoclaw-base-test-'));
    progress.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** A program in docker's place that answers `image inspect` and `pull` with these pieces of shell. */
  const prepare = (base: BaseChoice, script: { inspect: string; pull: string; clock?: Clock }): Promise<string> => {
    const command = join(directory, 'docker');
    const body = `case "$1" in image) ${script.inspect};; pull) ${script.pull};; *) exit 9;; esac`;
    writeFileSync(command, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return prepareBase({
      client: createEngineClient({ dialect: dockerDialect, command, environment: process.env }),
      clock: script.clock ?? systemClock,
      sources: { containerDirectory, runnerFile: 'unused' },
      base,
      directory,
      onProgress: (line) => progress.push(line),
      signal: new AbortController().signal,
    });
  };

  it.each(['auto', 'registry'] as const)('is not pulled when the engine has it (%s)', async (base) => {
    expect(await prepare(base, { inspect: 'exit 0', pull: 'exit 1' })).toBe('node:22-slim');
    expect(progress).toEqual([]);
  });

  it('is pulled where a registry answers', async () => {
    expect(await prepare('auto', { inspect: HAS_NOTHING, pull: 'echo pulled' })).toBe('node:22-slim');
  });

  it('is the one made from Debian packages, and that is said, where no registry answers', async () => {
    const base = await prepare('auto', { inspect: HAS_DEBIAN_BASE, pull: 'echo no such host; exit 1' });

    expect(base).toMatch(/^nanoclaw-base:[0-9a-f]{16}$/);
    expect(progress.at(-1)).toContain('no such host');
    expect(progress.at(-1)).toContain('Debian packages');
  });

  it('does not wait for a registry that says nothing', async () => {
    const atOnce: Clock = { ...systemClock, sleep: async () => {} };

    const base = await prepare('auto', { inspect: HAS_DEBIAN_BASE, pull: 'exec sleep 600', clock: atOnce });

    expect(base).toMatch(/^nanoclaw-base:/);
    expect(progress.at(-1)).toContain('no registry answered');
  });

  it('is an error where only the registry will do and it does not answer', async () => {
    await expect(prepare('registry', { inspect: HAS_DEBIAN_BASE, pull: 'echo no such host; exit 1' })).rejects.toThrow(
      'pulling node:22-slim failed: no such host; run: docker pull node:22-slim',
    );
  });

  it('does not ask the registry when it is to be made from Debian packages', async () => {
    const base = await prepare('debian', { inspect: HAS_DEBIAN_BASE, pull: 'exit 0' });

    expect(base).toMatch(/^nanoclaw-base:/);
    expect(progress).toEqual([]);
  });
});
