/*
 * npm run test:soak -- [--minutes n] [--seed n] [--json]: one host under random faults, and what it holds in the end. Ends
 * with 1 when something was lost, said twice or kept.
 */
import { parseArgs } from 'node:util';
import { leaks } from './leaks.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } },
});
const ms = Number(values.minutes ?? 10) * 60_000;
const onProgress = (line: string): unknown => process.stderr.write(`${line}\n`);
const report = await soak({ ms, seed: Number(values.seed ?? 1), onProgress });
const found = [...report.open, ...report.duplicates, ...leaks(report)];
if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  console.log('| Fault | Times |\n| --- | ---: |');
  for (const [name, times] of Object.entries(report.faults)) console.log(`| ${name} | ${times} |`);
  console.log('\n| Held | After the first tenth | At the end |\n| --- | ---: | ---: |');
  for (const [name, value] of Object.entries(report.before)) {
    console.log(`| ${name} | ${value} | ${report.after[name as keyof typeof report.after]} |`);
  }
  console.log(`\n${report.asked} questions: ${report.answered} answered, ${report.toldAsFailed} told as failed,`);
  console.log(
    `${report.open.length} without an end, ${report.duplicates.length} said twice, ${report.inWindow} repeated inside the window`,
  );
  for (const line of found.slice(0, 20)) console.log(line);
}
process.exit(found.length === 0 ? 0 : 1);
