import { type RecordedRequest, systemText, toolNames } from '@nanoclaw/model-practice';
import { claudeProgram, cleanEnvironment, makePlace, openBareSession, runnerOptions } from './bare-session.ts';
import { chatNumber } from './bench-home.ts';
import { startLiveHost } from './live-host.ts';
import { startRecordingModel } from './recording-model.ts';
import { alternate, type Row } from './row.ts';

const RUNS = 2;

/** Tools of ours besides the Agent SDK's. */
const OWN_TOOLS = [
  'send_message',
  'schedule_task',
  'list_tasks',
  'pause_task',
  'resume_task',
  'cancel_task',
  'update_task',
  'search_history',
  'send_file',
  'react',
  'ask_user',
  'start_teammate',
  'message_teammate',
  'list_teammates',
  'stop_teammate',
].map((name) => `mcp__nanoclaw__${name}`);

/** Names by which the client offers a tool that has another name in its options. */
const OFFERED_AS: Readonly<Record<string, string>> = { Task: 'Agent' };

export const firstRequestSize: Row = {
  id: 'B9',
  title: 'bytes of the first model request of "hello"',
  dependsOnDriver: false,
  async measure({ runs = RUNS }, driver) {
    const host = await startLiveHost({ driver, chats: runs + 1, settings: { IDLE_TIMEOUT: '100' } });
    const first: RecordedRequest[] = [];
    try {
      const samples = await alternate({
        count: runs,
        async ours(index) {
          const before = host.model.count();
          await host.timeToModel(chatNumber(index), 'hello');
          const request = await host.model.requestAfter(before);
          first.push(request);
          await host.answered(chatNumber(index));
          await host.empty();
          return request.bytes;
        },
        floor: bytesOfDefaultPreset,
      });
      const missing = unreachableTools(first);
      const rule = { by: 'ratio', atMost: 0.5 } as const;
      const problem = missing.length === 0 ? {} : { problem: `tools that cannot be reached: ${missing.join(', ')}` };
      const row = { row: this.id, what: this.title, unit: 'bytes', notes: [describeTools(first)], ...problem };
      return [{ phase: 'measured', ...row, ...samples, rule }];
    } finally {
      await host.end();
    }
  },
};

/** What the Agent SDK sends when nobody tells it anything but the prompt. */
async function bytesOfDefaultPreset(): Promise<number> {
  const model = await startRecordingModel();
  const place = makePlace();
  const env = {
    ...cleanEnvironment(place),
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'bench-key-that-opens-nothing',
    CLAUDE_CONFIG_DIR: `${place.directory}/claude`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  const cwd = `${place.directory}/group`;
  const session = openBareSession({ cwd, env, pathToClaudeCodeExecutable: claudeProgram() });
  try {
    await session.push('hello');
    return (await model.requestAfter(0)).bytes;
  } finally {
    await session.end();
    await model.close();
    await place.remove();
  }
}

function wantedTools(): string[] {
  const place = makePlace();
  const { tools } = runnerOptions(place, 'http://127.0.0.1:9');
  void place.remove();
  return [...(Array.isArray(tools) ? tools : []), ...OWN_TOOLS];
}

/** Tools that are neither offered in full nor listed by name for the search of tools, in any of the requests. */
function unreachableTools(requests: readonly RecordedRequest[]): string[] {
  return wantedTools().filter((tool) => !requests.every((request) => reach(request, tool) !== 'none'));
}

function describeTools(requests: readonly RecordedRequest[]): string {
  const [request] = requests;
  if (request === undefined) return 'no request';
  const by = (kind: ReturnType<typeof reach>): string[] =>
    wantedTools().filter((tool) => reach(request, tool) === kind);
  return `offered in full: ${by('offered').join(', ')}; listed by name: ${by('listed').join(', ')}`;
}

function reach({ request }: RecordedRequest, tool: string): 'offered' | 'listed' | 'none' {
  if (request === undefined) return 'none';
  const name = OFFERED_AS[tool] ?? tool;
  const offered = toolNames(request);
  if (offered.includes(name)) return 'offered';
  // The client names each deferred tool on a line of its own.
  const lines = systemText(request)
    .split('\n')
    .map((line) => line.trim());
  return offered.includes('ToolSearch') && lines.includes(name) ? 'listed' : 'none';
}
