const MAX_SHOWN_CHARACTERS = 90;

/**
 * A line of `docker build` as progress for people, or undefined when it is none. The classic builder counts
 * `Step 5/14 : RUN …`, BuildKit `#9 [ 5/14] RUN …` (with the stage's name where there is one) and `#9 CACHED`.
 */
export function buildProgress(line: string): string | undefined {
  const classic = /^Step (\d+)\/(\d+) : (.*)$/.exec(line);
  const buildKit = /^#\d+ \[(?:[\w.-]+ )? ?(\d+)\/(\d+)\] (.*)$/.exec(line);
  const [, step, steps, instruction = ''] = classic ?? buildKit ?? [];
  if (step === undefined || steps === undefined) return undefined;
  return `step ${step}/${steps}: ${shortened(instruction)}`;
}

function shortened(instruction: string): string {
  const oneLine = instruction.replaceAll(/\s+/g, ' ').trim();
  return oneLine.length <= MAX_SHOWN_CHARACTERS ? oneLine : `${oneLine.slice(0, MAX_SHOWN_CHARACTERS - 1)}…`;
}
