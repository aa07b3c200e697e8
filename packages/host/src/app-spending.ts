import type { Base } from './app-base.ts';
import { createSpending, type Spending, type SpendingDeps } from './flows/spending.ts';

/** What is spent, by the owner's budgets. It keeps nothing but in the database. */
export function hostSpending(
  { config, stores }: Pick<Base, 'config' | 'stores'>,
  nature: Pick<SpendingDeps, 'onOutgoing' | 'now'>,
): Spending {
  return createSpending({
    ...stores,
    ...nature,
    budgetUsd: config.variables.DAILY_BUDGET_USD,
    // The practice model costs nothing, whatever its token counts would at list price.
    isFree: config.credential.scheme === 'none',
    timezone: config.timezone,
  });
}
