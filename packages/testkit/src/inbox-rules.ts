import { openSenderAllowlist } from '@nanoclaw/host/access/sender-rules-files.js';
import { createQuestions } from '@nanoclaw/host/flows/questions.js';
import { createWakeRule } from '@nanoclaw/host/flows/sender-gate.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';

/** Rules of an inbox where the owner has set none and no agent asks. */
export function inboxRules(groupsDirectory = '/nowhere/groups') {
  return {
    isDropped: () => false,
    wakeRule: createWakeRule(openSenderAllowlist('/nowhere/sender-allowlist.json')),
    questions: createQuestions({ clock: systemClock, log: silentLog }),
    approvals: { answerIn: () => undefined },
    takeCommand: () => undefined,
    takeCode: () => false,
    greet: () => undefined,
    onChatMoved: () => undefined,
    transcribe: async () => undefined,
    groupsDirectory,
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  };
}
