import type { z } from 'zod';

/**
 * Reads the text of a file of rules. One mistake anywhere makes all of it a problem: a rule that is left out would be
 * one that nobody knows to be missing.
 */
export function parseRules<Rules>(text: string, schema: z.ZodType<Rules>): { rules: Rules } | { problem: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { problem: 'it is not JSON' };
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return { rules: parsed.data };
  const issue = parsed.error.issues[0];
  return { problem: `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'not understood'}` };
}
