import { type ApprovalStore, createApprovalStore } from './access/approval-store.ts';
import { createGroupStore, type GroupStore } from './groups/group-store.ts';
import { createMemoryStore, type MemoryStore } from './groups/memory-store.ts';
import { createFileStore, type FileStore } from './messages/file-store.ts';
import { createMessageStore, type MessageStore } from './messages/message-store.ts';
import { createOutboxStore, type OutboxStore } from './messages/outbox-store.ts';
import { createTurnStore, type TurnStore } from './messages/turn-store.ts';
import { type ChatMoveStore, createChatMoves } from './store/chat-move-store.ts';
import { createInvariantStore, type InvariantStore } from './store/invariant-store.ts';
import { type Database, openStore, type StoreOptions } from './store/open-store.ts';
import { createQuarantineStore, type QuarantineStore } from './store/quarantine-store.ts';
import { NO_RECORD, openRecord, type Recorder } from './store/record-files.ts';
import { createTaskRunStore, type TaskRunStore } from './tasks/task-run-store.ts';
import { createTaskStore, type TaskStore } from './tasks/task-store.ts';
import { createRequestStore, type RequestStore } from './usage/request-store.ts';
import { createUsageReports } from './usage/usage-report-store.ts';
import { createUsageStore, type UsageStore } from './usage/usage-store.ts';

/** The one database and everything that reads and writes it. */
export interface Stores {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly memory: MemoryStore;
  readonly chatMoves: ChatMoveStore;
  readonly messages: MessageStore;
  readonly outbox: OutboxStore;
  readonly files: FileStore;
  readonly turns: TurnStore;
  readonly tasks: TaskStore;
  readonly taskRuns: TaskRunStore;
  readonly usage: UsageStore;
  readonly requests: RequestStore;
  readonly reports: ReturnType<typeof createUsageReports>;
  readonly approvals: ApprovalStore;
  readonly quarantine: QuarantineStore;
  readonly invariants: InvariantStore;
  /** What agents caused outside their sandboxes; a file beside the database. */
  readonly record: Recorder;
}

/** Without `recordFile` nothing is recorded, as commands that change nothing and tests want it. */
export function openStores(path: string, options: StoreOptions & { recordFile?: string } = {}): Stores {
  const { recordFile, ...storeOptions } = options;
  const database = openStore(path, storeOptions);
  return {
    database,
    groups: createGroupStore(database),
    memory: createMemoryStore(database),
    chatMoves: createChatMoves(database),
    messages: createMessageStore(database),
    outbox: createOutboxStore(database),
    files: createFileStore(database),
    turns: createTurnStore(database),
    tasks: createTaskStore(database),
    taskRuns: createTaskRunStore(database),
    usage: createUsageStore(database),
    requests: createRequestStore(database),
    reports: createUsageReports(database),
    approvals: createApprovalStore(database),
    quarantine: createQuarantineStore(database),
    invariants: createInvariantStore(database),
    record: recordFile === undefined ? NO_RECORD : openRecord(recordFile),
  };
}
