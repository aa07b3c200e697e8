import { describe, expect, it } from 'vitest';
import { buildProgress } from './build-progress.ts';

describe('progress of an image build', () => {
  it.each([
    ['Step 5/14 : COPY claude /app/claude', 'step 5/14: COPY claude /app/claude'],
    ['#9 [ 5/14] COPY claude /app/claude', 'step 5/14: COPY claude /app/claude'],
    ['#9 [stage-0  5/14] COPY claude /app/claude', 'step 5/14: COPY claude /app/claude'],
    ['#12 [agent 11/14] RUN true', 'step 11/14: RUN true'],
    ['Step 3/14 : RUN  apt-get update  && true', 'step 3/14: RUN apt-get update && true'],
  ])('is shown for %j', (line, progress) => {
    expect(buildProgress(line)).toBe(progress);
  });

  it.each(['#9 CACHED', ' ---> Using cache', '#1 [internal] load build definition', 'Get:1 http://x [1/2] y', ''])(
    'is not made of %j',
    (line) => {
      expect(buildProgress(line)).toBeUndefined();
    },
  );

  it('is one short line however long the step', () => {
    const progress = buildProgress(`Step 3/14 : RUN ${'x'.repeat(500)}`);

    expect(progress?.length).toBe('step 3/14: '.length + 90);
    expect(progress?.endsWith('…')).toBe(true);
  });
});
