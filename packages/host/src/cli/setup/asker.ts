/** The owner left; what was done until then stays. */
export class SetupCancelled extends Error {}

export interface TextQuestion {
  /** What is asked for, as settings and answers name it. */
  readonly name: string;
  readonly message: string;
  readonly initial?: string;
  /** It is typed unseen. */
  readonly isSecret?: boolean;
  readonly isOptional?: boolean;
  problemWith?(value: string): string | undefined;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

export interface ChoiceQuestion {
  readonly name: string;
  readonly message: string;
  readonly choices: readonly Choice[];
  readonly initial: string;
}

/** Port: who answers the questions of setup, a person at a terminal or values given before. Throws SetupCancelled. */
export interface Asker {
  /** Whether asking again may give another answer. */
  readonly canAskAgain: boolean;
  /** Empty for an optional value that is not given. */
  text(question: TextQuestion): Promise<string>;
  choose(question: ChoiceQuestion): Promise<string>;
  confirm(name: string, message: string): Promise<boolean>;
  /** Words for whoever is there. */
  say(kind: 'step' | 'info' | 'done' | 'warning', text: string): void;
}
