import { podmanClient, takeFromDocker, testPodman, unavailable } from '../sandbox/podman-engine.ts';
import { buildProduct, type Engine, hasProductImage, PRODUCT_IMAGE } from './engines.ts';

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

/** Docker has it in most runs; the suites of podman itself build with podman. */
async function ensurePodmanProduct(): Promise<void> {
  const client = await podmanClient('root');
  if (await hasProductImage(client)) return;
  await takeFromDocker(PRODUCT_IMAGE);
  if (!(await hasProductImage(client))) await buildProduct(PRODUCT_IMAGE, 'auto', client);
}
