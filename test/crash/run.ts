/*
 * npm run test:crash -- [--kills n] [--seed n] [--channel telegram|whatsapp] [--json]: kills the built host again and again and prints what an observer at the
 * chat server has seen. Ends with 1 when something was lost, left without an end or said twice.
 */
import { parseArgs } from 'node:util';
import { createChance } from '../simulation/chance.ts';
import { crashHosts, planKills } from './harness.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
    channel: { type: 'string' },
  },
});
const seed = Number(values.seed ?? 1);
const kills = planKills(Number(values.kills ?? 1_000), createChance(seed));
const onKill = (done: number): unknown => done % 25 === 0 && process.stderr.write(`${done} of ${kills.length} kills\n`);
const platform = values.channel === 'whatsapp' ? 'whatsapp' : 'telegram';
const result = await crashHosts({ kills, seed, platform, onKill });
if (values.json) console.log(JSON.stringify(result, null, 2));
else {
  console.log('| Killed at | Hosts |\n| --- | ---: |');
  for (const [place, count] of Object.entries(result.byPlace)) console.log(`| ${place} | ${count} |`);
  console.log(
    `\n${result.kills} kills, ${result.asked} questions: ${result.answered} answered, ${result.toldAsFailed} told as failed,`,
  );
  console.log(
    `${result.open.length} without an end, ${result.duplicates.length} said twice, ${result.inWindow} repeated inside the window`,
  );
  for (const line of [...result.open, ...result.duplicates].slice(0, 20)) console.log(line);
}
process.exit(result.open.length + result.duplicates.length === 0 ? 0 : 1);
