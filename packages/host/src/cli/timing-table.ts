import type { TimingsAnswer } from './control-answers.ts';
import { formatTable } from './terminal-text.ts';

/** The stages of `flows/turn-timings`, and what each is for its reader. */
const STAGES: Readonly<Record<string, string>> = {
  queued: 'stored, until its turn begins',
  prepared: 'until the sandbox is started or handed the message',
  began: 'until the first request to the model',
  thought: "until the model's first byte",
  worked: 'until the answer',
  committed: 'until the answer is stored',
  sent: "until the chat's app has it",
};

/** How long turns took, stage by stage: the median and the longest of those that started a sandbox, and of the others. */
export function timingTable(timings: TimingsAnswer): string {
  if (timings.length === 0) return 'no turn is over since the host started';
  const [cold, warm] = [timings.filter(({ isCold }) => isCold), timings.filter(({ isCold }) => !isCold)];
  const rows = [...Object.keys(STAGES), 'in all'].map((stage) => [
    stage,
    ...[cold, warm].flatMap((turns) => spread(turns.flatMap((timing) => timeOf(timing, stage)))),
    STAGES[stage] ?? `${cold.length} cold, ${warm.length} warm`,
  ]);
  const head = ['ms', 'cold', 'longest', 'warm', 'longest', ''];
  return formatTable([head, ...rows]);
}

function timeOf({ stages }: TimingsAnswer[number], stage: string): number[] {
  if (stage === 'in all') return [Object.values(stages).reduce((sum, ms) => sum + ms, 0)];
  const ms = stages[stage];
  return ms === undefined ? [] : [ms];
}

function spread(times: readonly number[]): [string, string] {
  const sorted = times.toSorted((a, b) => a - b);
  return [String(sorted[Math.floor((sorted.length - 1) / 2)] ?? '-'), String(sorted.at(-1) ?? '-')];
}
