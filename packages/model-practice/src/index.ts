export {
  freshMessages,
  lastToolResult,
  promptText,
  systemText,
  type ToolResult,
  toolNames,
  toolResults,
} from './conversation.ts';
export { type HostMessage, hostMessages } from './host-prompt.ts';
export { listenPracticeModel, type PortListener, type PracticeListener, type SocketListener } from './listen.ts';
export { isMainRequest } from './main-request.ts';
export { type MessagesRequest, type ReadRequest, readMessagesRequest } from './messages-request.ts';
export { createPracticeModel, maxBodyBytes, type PracticeModel } from './practice-model.ts';
export { reply } from './reply.ts';
export { type Finished, maxKeptBytes, maxKeptRequests, type RecordedRequest } from './request-log.ts';
export { practicePhrase } from './rules/introduce.ts';
export type { Answer, Fault, ModelScript, ScriptStep, Step, StepText, ToolCall } from './step.ts';
