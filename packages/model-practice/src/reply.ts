import { summaryOf } from './compaction.ts';
import { isCompactionRequest } from './main-request.ts';
import type { MessagesRequest } from './messages-request.ts';
import { countTo } from './rules/count.ts';
import { echo } from './rules/echo.ts';
import { introduce, withNotice } from './rules/introduce.ts';
import { recall } from './rules/memory.ts';
import { runCommand } from './rules/run-command.ts';
import { toolAnswer } from './rules/tool-answer.ts';
import { callNamedTool } from './rules/tool-call.ts';
import { toolSearch } from './rules/tools.ts';
import type { Answer } from './step.ts';
import { readTurn, type Turn } from './turn.ts';

/** The first rule that knows an answer gives it: what asks for an action comes before small talk. */
const rules: readonly ((turn: Turn) => Answer | undefined)[] = [callNamedTool, runCommand, countTo, recall, introduce];

/** The practice model's own answer to a request. Pure: the same request gets the same answer. */
export function reply(request: MessagesRequest): Answer {
  const turn = readTurn(request);
  if (isCompactionRequest(request)) return { kind: 'text', text: summaryOf(turn.earlier) };
  const answer = decide(turn);
  if (answer.kind === 'tools' || typeof answer.text !== 'string') return answer;
  return { ...answer, text: withNotice(turn, answer.text) };
}

function decide(turn: Turn): Answer {
  const results = turn.results.filter((result) => result.name !== toolSearch);
  if (results.length === 0) return byRules(turn);
  const text = toolAnswer(results);
  if (!turn.isPromptNew) return { kind: 'text', text };

  // Somebody said something while the tool ran: both get an answer.
  const next = byRules(turn);
  return { ...next, text: typeof next.text === 'string' ? `${text}\n\n${next.text}` : text };
}

function byRules(turn: Turn): Answer {
  for (const rule of rules) {
    const answer = rule(turn);
    if (answer !== undefined) return answer;
  }
  return echo(turn);
}
