import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** The known faults of v1 that concern messages, queue, groups and start-up; a test is named after each. */
const FAULTS = [
  'cursors on platform time',
  'more than ten pending messages dropped silently',
  'cursor saved before the work is done, so a crash loses the turn',
  'a follow-up written to a closing container leaks into the next run',
  'fallback re-sends a consumed batch',
  'one slow send blocks every group’s IPC',
  'failed sends counted as sent',
  'markers in the model’s own text break the parser',
  'UTF-8 split across chunks',
  'orphan clean-up kills another installation’s containers',
  'no instance lock',
  'one channel that fails to connect stops the process',
  'duplicate folder silently replaces another chat’s registration',
  'next run advanced only after the run, so a restart repeats a task',
  'the allowlist fails open when its file is broken',
  'five idle containers starve the sixth group for half an hour',
  'a final answer overtakes the message sent before it',
  'one failed send leaves a group stuck until restart',
  'one message dated in the future silences every chat',
  'two seconds of polling before anything happens',
  'failures are silent for the user',
];

const files = execFileSync('git', ['ls-files', 'packages', 'test'], { cwd: CHECKOUT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts') && file !== 'test/tidy/v1-faults.test.ts');
const titles = files.flatMap((file) =>
  [...readFileSync(join(CHECKOUT, file), 'utf8').matchAll(/\b(?:test|describe|check)\(\s*(.*)/g)].map(
    ([, title]) => title,
  ),
);

test.each(FAULTS)('a test is named after "%s"', (fault) => {
  expect(titles.filter((title) => title?.includes(`v1: ${fault}`))).not.toEqual([]);
});
