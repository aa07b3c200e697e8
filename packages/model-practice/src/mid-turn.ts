/**
 * What somebody says while the model works arrives in the client's words: inside a system message or a reminder, after a
 * sentence that says so and before one that says what to do about it.
 */
const midTurnPart =
  /^The user sent [^\n]{0,40} while you were working:\n([\s\S]*?)(?=\n\nThis is how |\n\nIMPORTANT: |<\/system-reminder>|$(?![\s\S]))/m;

/** The prompt that arrived while the model worked, in a text of the client; undefined when there is none. */
export function midTurnPrompt(clientText: string): string | undefined {
  return midTurnPart.exec(clientText)?.[1];
}
