import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { type BuildImageOptions, buildImage } from '@nanoclaw/host/sandboxes/image/build-image.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, INSTALLATION, runIn } from './docker-bench.ts';
import { createDriver, ensureTestImage, TEST_IMAGE, TEST_SOURCES, testClient } from './docker-driver.ts';
import { useTestEngine } from './test-engine.ts';

const { unavailable, stop } = await useTestEngine();
const OTHER_IMAGE = 'nanoclaw-agent:image-tests';

describe.skipIf(unavailable !== undefined)('the sandbox image', () => {
  let folder: string;
  const temporary = process.env['TMPDIR'];
  beforeAll(async () => {
    await ensureTestImage();
    folder = mkdtempSync(join(tmpdir(), 'nanoclaw-image-test-'));
    // Whatever a build leaves behind shows up here.
    process.env['TMPDIR'] = folder;
  });
  afterAll(async () => {
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    rmSync(folder, { recursive: true, force: true });
    await docker('image', 'rm', '--force', OTHER_IMAGE);
    await stop();
  });

  it.each([
    ['node --version', /^v22\./],
    ['npm --version', /^\d+\./],
    ['git --version', /^git version/],
    ['curl --version', /^curl \d/],
    ['echo "{\\"a\\":[1,2]}" | jq -c .a', /^\[1,2\]$/m],
    ['python3 -c "print(6 * 7)"', /^42$/m],
    ['rg --version', /^ripgrep/],
    ['pdftotext -v 2>&1', /^pdftotext version/],
    ['ffmpeg -version', /^ffmpeg version/],
    ['agent-browser --version', /^agent-browser \d/],
    ['/app/claude --version', /^\d+\.\d+\.\d+ \(Claude Code\)/],
    ['date +%Z -d 2026-07-01', /^CEST$/m],
    [
      'whoami; echo ~; pwd; test -w ~ -a -w /tmp && echo writable',
      /^node\n\/home\/node\n\/workspace\/group\nwritable$/m,
    ],
    [
      'echo $AGENT_BROWSER_EXECUTABLE_PATH $PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH',
      /^\/usr\/bin\/chromium \/usr\/bin\/chromium$/m,
    ],
    ['ls -d /workspace/group /workspace/global /workspace/extra /workspace/ipc | wc -l', /^4$/m],
  ])('has what an agent works with, under the flags of production: %s', async (command, expected) => {
    const { output, errors, exit } = await runIn(createDriver(INSTALLATION), {}, command);

    expect(output, errors).toMatch(expected);
    expect(exit).toEqual({ kind: 'exited', code: 0 });
  });

  it('runs for any user', async () => {
    for (const uid of [1000, 1001, 501, 60_600, 12_345]) {
      const { output } = await runIn(
        createDriver(INSTALLATION),
        { user: { uid, gid: uid } },
        'id -u && echo x > ~/x && cat ~/x',
      );
      expect(output).toBe(`${uid}\nx\n`);
    }
  });

  it('is built on node:22-slim where the engine has it, and only the last layers anew for a new runner', async () => {
    // Where no registry can be reached, the base made from Debian packages stands in under the registry's name.
    const isStandIn = !(await has('node:22-slim')) && (await has('nanoclaw-base:*'));
    if (isStandIn) await docker('tag', await firstName('nanoclaw-base:*'), 'node:22-slim');
    const runnerFile = join(folder, 'runner.mjs');
    writeFileSync(runnerFile, `console.log('another runner');\n`);
    try {
      const built = await buildImage(anOrder({ base: 'registry', sources: { ...TEST_SOURCES, runnerFile } }));

      expect(built).toMatchObject({ image: OTHER_IMAGE, base: 'node:22-slim' });
      expect(built.bytes).toBeGreaterThan(500_000_000);
      const [before, after] = [await layers(TEST_IMAGE), await layers(OTHER_IMAGE)];
      const changed = after.filter((layer) => !before.includes(layer));
      expect(after.length).toBe(before.length);
      if (isStandIn) expect(changed.length).toBe(1);
      expect((await createDriver('image', { image: OTHER_IMAGE }).image()).phase).toBe('outdated');
    } finally {
      if (isStandIn) await docker('image', 'rm', 'node:22-slim');
      rmSync(runnerFile);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves an image of before in place and no files when its build fails, and says why', async () => {
    const containerDirectory = join(folder, 'container');
    cpSync(TEST_SOURCES.containerDirectory, containerDirectory, { recursive: true });
    writeFileSync(join(containerDirectory, 'Dockerfile'), `ARG BASE\nFROM $BASE\nRUN echo the reason && exit 7\n`);

    const failing = buildImage(anOrder({ image: TEST_IMAGE, sources: { ...TEST_SOURCES, containerDirectory } }));

    await expect(failing).rejects.toMatchObject({
      code: 'image-build-failed',
      message: expect.stringMatching(/building nanoclaw-agent:sandbox-tests failed.*the reason/s),
    });
    rmSync(containerDirectory, { recursive: true });
    expect((await createDriver('image').image()).phase).toBe('ready');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves no files when its build is aborted', async () => {
    const abort = new AbortController();
    const onProgress = (line: string): void => {
      if (line.startsWith('fetching')) abort.abort(new Error('changed my mind'));
    };

    await expect(buildImage(anOrder({ onProgress, signal: abort.signal }))).rejects.toThrow('changed my mind');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not built without its runner, and the command that makes it is named', async () => {
    const sources = { ...TEST_SOURCES, runnerFile: join(folder, 'no-such-runner.mjs') };

    await expect(buildImage(anOrder({ sources }))).rejects.toThrow(
      /no-such-runner\.mjs cannot be read; run: npm run build/,
    );
  });
});

describe('container/base.sh', () => {
  it('names the one command when mmdebstrap is missing, and its usage without a file', () => {
    const bin = mkdtempSync(join(tmpdir(), 'nanoclaw-bin-'));
    symlinkSync('/usr/bin/dirname', join(bin, 'dirname'));
    const script = join(TEST_SOURCES.containerDirectory, 'base.sh');
    const run = (...args: string[]) =>
      spawnSync('/bin/bash', [script, ...args], { env: { PATH: bin }, encoding: 'utf8' });

    const missing = run(join(bin, 'out.tar'));
    const usage = run();

    rmSync(bin, { recursive: true });
    expect(missing.status).toBe(3);
    expect(missing.stderr).toMatch(/run: (apt-get install -y mmdebstrap|docker pull node:22-slim)/);
    expect(usage).toMatchObject({ status: 2, stderr: expect.stringContaining('usage:') });
  });
});

function anOrder(changes: Partial<BuildImageOptions>): BuildImageOptions {
  return {
    client: testClient(),
    clock: systemClock,
    sources: TEST_SOURCES,
    image: OTHER_IMAGE,
    browser: false,
    base: 'auto',
    onProgress: () => {},
    signal: new AbortController().signal,
    ...changes,
  };
}

async function firstName(reference: string): Promise<string> {
  const names = await docker(
    'image',
    'ls',
    '--filter',
    `reference=${reference}`,
    '--format',
    '{{.Repository}}:{{.Tag}}',
  );
  return names.split('\n')[0] ?? '';
}

async function has(reference: string): Promise<boolean> {
  return (await firstName(reference)) !== '';
}

async function layers(image: string): Promise<string[]> {
  return JSON.parse(await docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image));
}
