import type { Config } from './config.ts';
import { SECRET_VARIABLES, VARIABLES } from './variables.ts';

/** A setting as the page lists it; the value of a secret is nowhere in it. */
export interface ShownSetting {
  readonly name: string;
  readonly kind: 'value' | 'secret' | 'unset';
  /** Empty unless it is a value. */
  readonly value: string;
}

/** Settings whose value may hold a password of the owner's among other things. */
const PRIVATE: readonly string[] = ['TRANSCRIBE_COMMAND'];

/** Everything that can be set, with what it is now. */
export function shownSettings({ variables }: Pick<Config, 'variables'>): ShownSetting[] {
  const secrets: readonly string[] = [...SECRET_VARIABLES, ...PRIVATE];
  return Object.keys(VARIABLES.shape).map((name) => {
    const value = variables[name as keyof typeof variables];
    if (value === undefined) return { name, kind: 'unset', value: '' };
    // A name that speaks of a secret is one, even where a list was forgotten.
    if (secrets.includes(name) || /TOKEN|KEY|SECRET|PASS/.test(name)) return { name, kind: 'secret', value: '' };
    return { name, kind: 'value', value: withoutLogin(String(value)) };
  });
}

/** An address may hold a name and a password. */
function withoutLogin(value: string): string {
  return value.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1…@');
}
