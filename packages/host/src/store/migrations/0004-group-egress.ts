import type { Migration } from '../migrate.ts';

/** What an agent may reach of the internet is a setting of its group; null is what is usual for it. */
export const groupEgress: Migration = {
  number: 4,
  name: 'what groups reach of the internet',
  up(database) {
    database.exec('ALTER TABLE registered_groups ADD COLUMN egress TEXT');
  },
};
