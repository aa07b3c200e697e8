/*
 * Counts and bytes that must not grow unnoticed (bench/counts.ts), beside what was recorded.
 *
 *   node scripts/ratchet.mjs             prints them; exits with 1 when one has grown by more than a twentieth
 *   node scripts/ratchet.mjs --record    writes them to bench/ratchet.json: the growth is meant, and the commit says why
 */
import { writeFileSync } from 'node:fs';
import { register } from 'tsx/esm/api';
import { build, checkNode, installPackages } from './setup/steps.mjs';

checkNode();
installPackages();
build();
register();
const { COUNTS, MAX_GROWTH, RATCHET_FILE, recordedCounts } = await import('../bench/counts.ts');
const recorded = recordedCounts();
const found = {};
let hasGrown = false;
for (const [name, count] of Object.entries(COUNTS)) {
  found[name] = await count();
  const grown = !(found[name] <= (recorded[name] ?? 0) * MAX_GROWTH);
  hasGrown ||= grown;
  process.stdout.write(`${name}: ${found[name]} (recorded ${recorded[name] ?? 'never'})${grown ? ' GROWN' : ''}\n`);
}
if (process.argv.includes('--record')) writeFileSync(RATCHET_FILE, `${JSON.stringify(found, null, 2)}\n`);
process.exit(hasGrown && !process.argv.includes('--record') ? 1 : 0);
