import { mkdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ChatRequest,
  type FileRequest,
  MAILBOX,
  type MessageRequest,
  type QuestionRequest,
  type ReactionRequest,
  RequestAnswer,
  type TaskRequest,
} from '@nanoclaw/protocol';

/** What became of a request. */
export type Outcome = { kind: 'answered'; answer: RequestAnswer } | { kind: 'unanswered' };

/** Asks the host by writing a request file and waiting for the answer file. */
export interface Mailbox {
  send(request: Omit<MessageRequest, 'id'> | Omit<FileRequest, 'id'> | Omit<ReactionRequest, 'id'>): Promise<Outcome>;
  /** Waits for people: the host answers within so many seconds. */
  ask(request: Omit<QuestionRequest, 'id'>, seconds: number): Promise<Outcome>;
  /** Throws when the request cannot be written. */
  change(request: TaskRequest): Promise<Outcome>;
}

export interface MailboxOptions {
  /** The mailbox directory, `ipc`. */
  directory: string;
  /** A fresh request id; it must be a valid file name. */
  newId: () => string;
  /** How long an answer may take, and how long a person may take before it, in milliseconds. */
  deadline: (extraMs: number) => AbortSignal;
}

/** How long the host may take to answer before the agent is told that it has not, in milliseconds. */
export const ANSWER_LIMIT_MS = 30_000;

/** File events can be lost; this poll is the safety net, in milliseconds. */
const POLL_MS = 2_000;

export function createMailbox(options: MailboxOptions): Mailbox {
  const responses = join(options.directory, MAILBOX.responses);

  function ask(box: string, request: Omit<ChatRequest, 'id'> | TaskRequest, extraMs = 0): Promise<Outcome> {
    const id = options.newId();
    const directory = join(options.directory, box);
    mkdirSync(directory, { recursive: true });
    mkdirSync(responses, { recursive: true });
    const answer = awaitFile(responses, `${id}.json`, options.deadline(extraMs));
    // The host reads only whole files: a rename makes the request appear at once.
    const temporary = join(directory, `.${id}.tmp`);
    writeFileSync(temporary, JSON.stringify({ ...request, id }));
    renameSync(temporary, join(directory, `${id}.json`));
    return answer;
  }

  return {
    send: (request) => ask(MAILBOX.messages, request),
    ask: (request, seconds) => ask(MAILBOX.messages, request, seconds * 1_000),
    change: (request) => ask(MAILBOX.tasks, request),
  };
}

/** The answer is deleted once read. Something there that is no answer counts as none. */
function awaitFile(directory: string, name: string, deadline: AbortSignal): Promise<Outcome> {
  const path = join(directory, name);
  return new Promise((resolve) => {
    const finish = (outcome: Outcome) => {
      clearInterval(poll);
      watcher.close();
      deadline.removeEventListener('abort', expire);
      resolve(outcome);
    };
    const look = () => {
      const answer = readAnswer(path);
      if (answer !== undefined) finish(answer);
    };
    const expire = () => finish({ kind: 'unanswered' });
    const poll = setInterval(look, POLL_MS);
    const watcher = watch(directory, look).on('error', look);
    deadline.addEventListener('abort', expire, { once: true });
  });
}

function readAnswer(path: string): Outcome | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // Not there yet.
    return undefined;
  }
  rmSync(path, { force: true });
  try {
    return { kind: 'answered', answer: RequestAnswer.parse(JSON.parse(text)) };
  } catch {
    return { kind: 'unanswered' };
  }
}
