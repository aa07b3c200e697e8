import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHomeTemplate } from './home-template.ts';
import { live, START_MS } from './life.ts';

/** Lives in `npm test`; `npm run test:simulation` lives more of them. */
const LIVES = 500;

let template: ReturnType<typeof createHomeTemplate>;
beforeAll(() => {
  template = createHomeTemplate(START_MS);
});
afterAll(() => template.remove());

/** For a machine that is busy with other things; three minutes are usual. */
const LIMIT_MS = 15 * 60_000;

test(
  `${LIVES} lives of the host with faults at every boundary keep every promise`,
  async () => {
    let questions = 0;
    let crashes = 0;
    for (let seed = 1; seed <= LIVES; seed++) {
      const life = await live(seed, template.copy());
      expect(life.broken, `seed ${seed}\n${life.story.join('\n')}`).toEqual([]);
      questions += life.questions;
      crashes += life.crashes;
    }
    expect(questions).toBeGreaterThan(LIVES * 10);
    expect(crashes).toBeGreaterThan(LIVES);
  },
  LIMIT_MS,
);
