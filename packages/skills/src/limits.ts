/** What a skill may be at most. */
export const LIMITS = {
  manifestBytes: 64 * 1024,
  fileBytes: 1024 * 1024,
  packageBytes: 8 * 1024 * 1024,
  packageFiles: 200,
  pathCharacters: 200,
  pathDepth: 12,
  commands: 10,
  commandWords: 40,
  wordCharacters: 400,
  edits: 50,
  dependencies: 40,
  commandMs: 10 * 60_000,
  installMs: 15 * 60_000,
  /** Of the output of a command, what an error shows. */
  shownOutputCharacters: 4_000,
  /** Files of the project that are watched while commands of a skill run. */
  projectFiles: 20_000,
  projectBytes: 256 * 1024 * 1024,
  appliedSkills: 200,
} as const;
