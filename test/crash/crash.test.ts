import { expect, test } from 'vitest';
import { createChance } from '../simulation/chance.ts';
import { PLACES } from '../simulation/places.ts';
import { crashHosts, planKills } from './harness.ts';

/** Kills of a plan that a home is taken over in; Telegram's test has them all. */
const TAKE_OVER_KILLS = 6;

/** Hosts killed in `npm test`; `npm run test:crash` kills a thousand. */
const KILLS = 30;

test(`after ${KILLS} kills every question is answered once, or told as failed`, async () => {
  const seed = 20_261;
  const run = await crashHosts({ kills: planKills(KILLS, createChance(seed)), seed });

  expect(run.open).toEqual([]);
  expect(run.duplicates).toEqual([]);
  expect(run.asked).toBeGreaterThan(KILLS);
  // The places were really passed: a host that is not killed there shows nothing.
  expect(Object.keys(run.byPlace).filter((place) => place !== 'moment').length).toBeGreaterThan(PLACES.length / 2);
});

test('the same holds over WhatsApp, where a text in doubt is shown once', async () => {
  const seed = 20_262;
  const kills = planKills(TAKE_OVER_KILLS + 10, createChance(seed)).slice(TAKE_OVER_KILLS - 1);
  const run = await crashHosts({ kills, seed, platform: 'whatsapp' });

  expect(run.open).toEqual([]);
  expect(run.duplicates).toEqual([]);
  expect(run.inWindow).toBe(0);
  expect(run.asked).toBeGreaterThan(kills.length);
});
