/*
 * npm run test:simulation -- [--seeds n] [--from n] [--until-broken] [--seed n]: many lives, or one with its whole story.
 */
import { parseArgs } from 'node:util';
import { createHomeTemplate } from './home-template.ts';
import { live, START_MS } from './life.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    'until-broken': { type: 'boolean' },
  },
});
const template = createHomeTemplate(START_MS);
const first = Number(values.seed ?? values.from ?? 1);
const count = values.seed === undefined ? Number(values.seeds ?? 10_000) : 1;
let [failed, questions, crashes] = [0, 0, 0];
for (let seed = first; seed < first + count; seed++) {
  const life = await live(seed, template.copy());
  questions += life.questions;
  crashes += life.crashes;
  if (values.seed !== undefined) console.log([...life.story, '', ...life.log].join('\n'));
  if (life.broken.length > 0) {
    failed++;
    console.log(`seed ${seed}: ${life.broken.slice(0, 3).join('; ')}`);
    if (values['until-broken']) break;
  }
  if (seed % 500 === 0) process.stderr.write(`${seed} lives\n`);
}
template.remove();
console.log(`${count} lives, ${questions} questions, ${crashes} crashes: ${failed} lives broke a promise`);
process.exit(failed === 0 ? 0 : 1);
