import { until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { engines } from '../e2e/engines.ts';
import { aHost, type HostUnderTest } from '../e2e/host-under-test.ts';
import { messageTexts, send, usePages } from './page-fixture.ts';

const engine = (await engines()).find(({ unavailable }) => unavailable === undefined);

describe.skipIf(engine === undefined)('the page of a running host', () => {
  const pages = usePages();
  let under: HostUnderTest;
  afterEach(() => under.end());

  test('shows the answer of a real agent while it is written, and again after a restart of the host', async () => {
    under = await aHost({
      engine: engine!,
      script: [{ kind: 'text', text: 'one two three four five six seven eight nine ten', chunks: 10, delayMs: 120 }],
    });
    const page = await pages.context.newPage();
    await page.goto(await under.host.openPage());
    await send(page, 'count for me');

    const partial = page.locator('#partial .text');
    const first = await until('a part of the answer is shown', async () => {
      const text = await partial.textContent({ timeout: 1_000 }).catch(() => null);
      return text?.startsWith('one') && !text.includes('ten') && text;
    });
    await until('the whole answer is shown', async () => (await messageTexts(page)).length === 2);

    expect('one two three four five six seven eight nine ten'.startsWith(first.trim())).toBe(true);
    expect((await messageTexts(page))[1]).toBe('one two three four five six seven eight nine ten');
    await under.restart();
    await under.host.openPage();
    under.say('still there?');
    await until(
      'the page shows what came after the restart',
      async () => (await messageTexts(page)).length >= 4,
      60_000,
    );
    expect((await messageTexts(page)).slice(0, 3)).toEqual([
      'count for me',
      'one two three four five six seven eight nine ten',
      'still there?',
    ]);
  });
});
