import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { buildImage } from '@nanoclaw/host/sandboxes/image/build-image.js';
import { expectedImageBuild, imageSourcesOf } from '@nanoclaw/host/sandboxes/image/image-sources.js';
import { podmanClient, takeFromDocker, testPodman, unavailable } from '../sandbox/podman-engine.ts';
import { type Engine, PRODUCT_IMAGE } from './engines.ts';

/** Podman as root, with the product's image. */
export function podmanProductEngine(): Engine {
  if (unavailable !== undefined) return { sandbox: 'podman', unavailable };
  const { CONTAINERS_CONF = '', CONTAINERS_STORAGE_CONF = '' } = testPodman('root').environment;
  return {
    sandbox: 'podman',
    environment: { CONTAINERS_CONF, CONTAINERS_STORAGE_CONF },
    prepare: ensurePodmanProduct,
  };
}

async function ensurePodmanProduct(): Promise<void> {
  const client = await podmanClient('root');
  const sources = imageSourcesOf(CHECKOUT);
  const format = '{{index .Config.Labels "nanoclaw.build"}}';
  const isCurrent = async (): Promise<boolean> => {
    const answer = await client.run(['image', 'inspect', '--format', format, PRODUCT_IMAGE]);
    return answer.kind === 'done' && answer.stdout.trim() === (await expectedImageBuild(sources));
  };
  // Docker has it in most runs; the suites of podman itself build with podman.
  if (await isCurrent()) return;
  await takeFromDocker(PRODUCT_IMAGE);
  if (await isCurrent()) return;
  const options = { client, clock: systemClock, sources, image: PRODUCT_IMAGE, browser: false, base: 'auto' } as const;
  await buildImage({ ...options, onProgress: console.log, signal: new AbortController().signal });
}
