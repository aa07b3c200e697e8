import { z } from 'zod';
import { MAX_INPUT_NUMBER, MAX_PROMPT_CHARS } from './limits.ts';

/** A file the host puts into `input/` while the runner lives. Files are taken in name order. */
export const InputDocument = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), text: z.string().max(MAX_PROMPT_CHARS) }),
  z.object({ type: z.literal('interrupt') }),
]);
export type InputDocument = z.infer<typeof InputDocument>;

/** Presence of this file in `input/` ends the session once the work at hand is done. */
export const CLOSE_FILE = '_close';

const WIDTH = String(MAX_INPUT_NUMBER).length;

/** File name of input `number` (1 and up). Throws RangeError beyond the limit. */
export function inputFileName(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > MAX_INPUT_NUMBER) {
    throw new RangeError(`input number ${number} is outside 1..${MAX_INPUT_NUMBER}`);
  }
  return `${String(number).padStart(WIDTH, '0')}.json`;
}

/** The number in an input file name; undefined for names that are not ours (v1's `<ms>-<random>.json`). */
export function inputNumber(fileName: string): number | undefined {
  const match = /^(\d{9})\.json$/.exec(fileName);
  return match ? Number(match[1]) : undefined;
}
