export {
  formatTable,
  type JudgedRow,
  judgeRow,
  type Measured,
  type Measurement,
  type NotMeasured,
} from './bench-table.ts';
export {
  BUSY_SECONDS,
  type ChannelParts,
  type FileOnPlatform,
  type Place,
  type PlatformUnderTest,
  type SaidOnPlatform,
  type SendFault,
  type Written,
} from './channel-conformance/platform.ts';
export { type ChannelConformanceOptions, channelConformance } from './channel-conformance.ts';

export {
  DISCORD_SENDS,
  type DiscordFault,
  type DiscordServer,
  startDiscordServer,
} from './discord-server.ts';

export { DISCORD_CHANNELS, type DiscordSent } from './discord-state.ts';
export { anEngine, type EngineOptions, type EngineUnderTest, type LogLine } from './engine-under-test.ts';
export {
  createFakeSandboxDriver,
  type FakeInput,
  type FakeRun,
  type FakeSandboxDriver,
  type RunScript,
  repeatingScript,
} from './fake-sandbox.ts';
export {
  aGateway,
  GATEWAY_KEY,
  type GatewayOptions,
  type GatewayRequest,
  type GatewayUnderTest,
  type SeenRequest,
} from './gateway-under-test.ts';
export { goldenMarkdown, MARKDOWN } from './golden-markdown.ts';
export { inboxRules } from './inbox-rules.ts';
export { type LaunchdAgent, readLaunchdAgent } from './launchd-agent.ts';
export { type MailServer, startMailServer } from './mail-server.ts';
export { createManualClock, type ManualClock } from './manual-clock.ts';
export { type OneCliServer, startOneCliServer } from './onecli-server.ts';
export { type DockerForTests, type NoDocker, privateDocker, type TestDocker } from './private-docker.ts';
export { removePodman, rootlessPodman, rootPodman, type TestPodman, whyNoPodman } from './private-podman.ts';
export { type ProbeSession, withFreeProbe } from './probe-session.ts';
export { rawMail, type WrittenMail } from './raw-mail.ts';
export { reachableCopy } from './reachable-copy.ts';
export { registerChats } from './register-chats.ts';
export { type SandboxConformanceOptions, sandboxConformance } from './sandbox-conformance.ts';
export { SERVICE_CERTIFICATE } from './service-certificate.ts';
export { type SlackFault, type SlackServer, startSlackServer } from './slack-server.ts';
export type { SlackSent } from './slack-state.ts';
export { canMount, mountSmallDisk, type SmallDisk } from './small-disk.ts';
export { judge, type Rule, type Summary, summarize, type Verdict } from './statistics.ts';
export { insertTask, readRuns, readTask, type TaskRow } from './task-rows.ts';
export type { TelegramSent } from './telegram-methods.ts';
export { startTelegramServer, type TelegramFault, type TelegramServer } from './telegram-server.ts';
export { until } from './until.ts';
export {
  type LinkedDevice,
  startWhatsAppServer,
  type WhatsAppFault,
  type WhatsAppPerson,
  type WhatsAppSent,
  type WhatsAppServer,
} from './whatsapp-server/whatsapp-server.ts';
