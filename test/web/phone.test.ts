import { describe } from 'vitest';
import { onPhone } from './view-fixture.ts';

/** The pages and forms that are driven on a desktop, once more. */
const VIEWS = ['approvals', 'chats', 'groups', 'life', 'tasks'];

onPhone();
for (const view of VIEWS) {
  describe(`on a phone: ${view}`, async () => {
    await import(`./view-${view}.test.ts`);
  });
}
