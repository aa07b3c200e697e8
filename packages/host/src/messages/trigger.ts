import type { StoredMessage } from './message.ts';

/** What decides whether a message wakes a group's agent. */
export interface TriggerRule {
  readonly isMain: boolean;
  readonly requiresTrigger: boolean;
  /** The word at the start of a message, such as `@Andy`. */
  readonly trigger: string;
}

/**
 * Tells whether a message is meant for the assistant: any in main and in groups that need no trigger, else one that
 * begins with the trigger word, in any case. The word ends where no letter, digit or underscore of any script follows,
 * so `@Andy's` counts and `@Andyman` does not (v1, with Unicode letters).
 */
export function triggerTest(rule: TriggerRule): (message: Pick<StoredMessage, 'content'>) => boolean {
  if (rule.isMain || !rule.requiresTrigger) return () => true;
  const pattern = triggerPattern(rule.trigger);
  return (message) => pattern.test(message.content.trimStart());
}

export function triggerPattern(trigger: string): RegExp {
  const literal = trigger.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`^${literal}(?![\\p{L}\\p{N}_])`, 'iu');
}
