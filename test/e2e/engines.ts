import { execFileSync } from 'node:child_process';
import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { dockerDialect } from '@nanoclaw/host/sandboxes/docker/docker-dialect.js';
import { createEngineClient, type EngineClient } from '@nanoclaw/host/sandboxes/engine/engine-client.js';
import { buildImage } from '@nanoclaw/host/sandboxes/image/build-image.js';
import { expectedImageBuild, imageSourcesOf } from '@nanoclaw/host/sandboxes/image/image-sources.js';
import { useTestEngine } from '../sandbox/test-engine.ts';

/** The image of the product, without a browser; the suites build it when it is missing or of another build. */
export const PRODUCT_IMAGE = 'nanoclaw-agent:e2e';

/** The same with a browser, which makes it twice as large. */
export const BROWSER_IMAGE = 'nanoclaw-agent:e2e-browser';

export interface Engine {
  readonly sandbox: 'bubblewrap' | 'docker' | 'podman';
  /** Why it cannot be used here; its suites are skipped then, which is a failure in CI. */
  readonly unavailable?: string;
  /** What the host has to have in its environment to find the engine. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes sure that the product's image is there, where the engine needs one. */
  readonly prepare?: () => Promise<void>;
}

/** Both drivers, each with what keeps it from being used. */
export async function engines(): Promise<Engine[]> {
  const { unavailable } = await useTestEngine();
  return [
    { sandbox: 'bubblewrap', ...(hasBubblewrap() ? {} : { unavailable: 'bubblewrap is not installed' }) },
    { sandbox: 'docker', prepare: ensureProductImage, ...(unavailable === undefined ? {} : { unavailable }) },
  ];
}

function hasBubblewrap(): boolean {
  try {
    execFileSync('bwrap', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI'] === 'true')
      throw new Error('the bubblewrap suites cannot run: apt-get install -y bubblewrap');
    return false;
  }
}

/** Makes sure that Docker has the product's image of the sources as they are now. */
export async function ensureProductImage(): Promise<void> {
  if (!(await hasProductImage(client()))) await buildProduct(PRODUCT_IMAGE, 'auto');
}

/** Makes sure that Docker has the image with a browser, of the sources as they are now. */
export async function ensureBrowserImage(): Promise<void> {
  if (!(await hasProductImage(client(), BROWSER_IMAGE))) await buildProduct(BROWSER_IMAGE, 'auto', client(), true);
}

/** Whether the product's image is there, and of the sources as they are now. */
export async function hasProductImage(engine: EngineClient, image: string = PRODUCT_IMAGE): Promise<boolean> {
  const format = '{{index .Config.Labels "nanoclaw.build"}}';
  const answer = await engine.run(['image', 'inspect', '--format', format, image]);
  return answer.kind === 'done' && answer.stdout.trim() === (await expectedImageBuild(imageSourcesOf(CHECKOUT)));
}

/** Builds the product's image, without a browser unless one is asked for, on the base that is named. */
export async function buildProduct(
  image: string,
  base: 'auto' | 'registry' | 'debian',
  engine: EngineClient = client(),
  browser = false,
): Promise<string> {
  const built = await buildImage({
    client: engine,
    clock: systemClock,
    sources: imageSourcesOf(CHECKOUT),
    image,
    browser,
    base,
    onProgress: (line) => console.log(line),
    signal: new AbortController().signal,
  });
  return built.base;
}

function client() {
  return createEngineClient({ dialect: dockerDialect, environment: process.env });
}
