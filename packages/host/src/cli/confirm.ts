import { createInterface } from 'node:readline/promises';
import { NanoError } from '../kernel/errors.ts';
import type { CliDeps } from './cli-deps.ts';
import { watchStopSignals } from './stop-signals.ts';

/**
 * Whether the person at the terminal says yes; a stop signal is a no. Throws 'usage' where nobody can be asked: then `what`
 * has to be confirmed with --yes.
 */
export async function confirm(deps: CliDeps, question: string, what: string): Promise<boolean> {
  if (!deps.stdin.isTTY)
    throw new NanoError('usage', `nobody can be asked whether to ${what}: look at it, then add --yes`);
  const stops = watchStopSignals(deps);
  const lines = createInterface({ input: deps.stdin, output: deps.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: stops.first });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (stops.first.aborted) return false;
    throw error;
  } finally {
    lines.close();
    stops.end();
  }
}
