import { CHECKOUT } from '../kernel/checkout.ts';
import type { Config } from './config.ts';

/**
 * Places of the host's own, as they are written: what is stored, what the owner has ruled, and the program itself. Neither
 * they nor what holds them is mounted for an agent: who can change the program needs nothing else.
 */
export function ownPlaces({ home, configHome }: Pick<Config, 'home' | 'configHome'>): readonly string[] {
  return [home, configHome, CHECKOUT];
}
