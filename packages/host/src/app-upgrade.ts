import { join } from 'node:path';
import { openStores, type Stores } from './app-stores.ts';
import type { Config } from './config/config.ts';
import type { HomePaths } from './config/home-files.ts';
import { importV1State } from './flows/import-v1-state.ts';
import { finishRestore } from './flows/restore-home.ts';
import { createV1StateStore } from './groups/v1-state-store.ts';

/**
 * Opens what a home holds, upgraded from whatever release left it, and says what the owner should know of that. Needs the
 * home's lock.
 */
export function openHomeStores(config: Config, paths: HomePaths): { stores: Stores; notices: readonly string[] } {
  finishRestore(paths.home);
  const stores = openStores(paths.database, {
    assistantName: config.variables.ASSISTANT_NAME,
    backups: paths.backups,
    recordFile: paths.record,
  });
  try {
    const imported = importV1State(join(paths.home, 'data'), createV1StateStore(stores.database));
    const unusable = stores.groups.unusable().map(({ jid, folder }) => {
      const why = `its folder ${JSON.stringify(folder)} cannot be used`;
      return `the registration of ${jid} is left out, ${why}: register the chat again with another folder`;
    });
    return { stores, notices: [...imported, ...unusable] };
  } catch (error) {
    stores.database.close();
    throw error;
  }
}
