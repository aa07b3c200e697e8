/** What a command on skills is refused for. The message says what, which thing, and what to do. */
export class SkillError extends Error {
  readonly code: SkillErrorCode;

  constructor(code: SkillErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SkillError';
    this.code = code;
  }
}

export type SkillErrorCode =
  /** The package of a skill, or what was asked for, breaks a rule. */
  | 'skill-refused'
  | 'skill-not-found'
  /** The same lines were changed twice. */
  | 'skill-conflict'
  /** A command of the skill, an installation or a write did not end well; everything is as it was. */
  | 'skill-failed'
  | 'skills-locked'
  /** Files of the engine's own are damaged. */
  | 'skills-damaged';

/** Several mistakes in one message, each on a line. */
export function refusal(what: string, problems: readonly string[]): SkillError {
  return new SkillError('skill-refused', `${what}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}
