import type { OutputBlock } from '@nanoclaw/protocol';
import type { TurnFailure } from './failure-words.ts';

/** Why the runner says that it failed. The gateway's own word that all is spent comes back as one about billing. */
export function modelFailure(block: OutputBlock, isOverBudget: () => boolean): TurnFailure {
  const { errorKind = 'internal', error: detail = '' } = block;
  if (errorKind === 'billing' && isOverBudget()) return { kind: 'host', what: 'over-budget' };
  return { kind: 'model', errorKind, detail };
}
