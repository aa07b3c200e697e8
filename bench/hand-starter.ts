import { syncSkills } from '@nanoclaw/host/agents/skill-files.js';
import { planWorkspace } from '@nanoclaw/host/agents/workspace-plan.js';
import { chooseHostDriver } from '@nanoclaw/host/app-drivers.js';
import { hostUser, runSettings } from '@nanoclaw/host/app-settings.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { installationId } from '@nanoclaw/host/config/installation-files.js';
import { groupDirectories, prepareGroupDirectories } from '@nanoclaw/host/groups/group-files.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import type { RunningSandbox } from '@nanoclaw/host/sandboxes/sandbox.js';
import type { AgentInput } from '@nanoclaw/protocol';
import { chatNumber, type HomeOptions, makeHome } from './bench-home.ts';
import { messagePrompt } from './message-prompt.ts';
import { startRecordingModel } from './recording-model.ts';
import { nowMs } from './row.ts';
import { endsOnce } from './tidy-up.ts';

const TOKEN = 'bench-token-of-a-run-without-gateway';

/** Starts sandboxes as somebody would by hand: the product's image, runner, limits and flags, and no host. */
export interface HandStarter {
  /** Milliseconds from the start of a sandbox for chat `index` to its first model request; the sandbox is ended. */
  timeToModel(index: number): Promise<number>;
  end(): Promise<void>;
}

/** Model requests reach the recording model over the mounted socket, where the host would have its gateway. */
export async function startHandStarter(options: Omit<HomeOptions, 'modelUrl'>): Promise<HandStarter> {
  const home = makeHome({ ...options, modelUrl: 'http://127.0.0.1:9' });
  const paths = homePaths(home.config.home);
  const model = await startRecordingModel(paths.gatewaySocket);
  const installation = installationId(paths.installationFile);
  const settings = runSettings(home.config, paths, installation);
  const { driver } = await chooseHostDriver(home.config, installation, options.driver.environment);
  syncSkills(settings.skillsSource, settings.skillsDirectory, 'bench');
  const running = new Set<RunningSandbox>();
  return {
    async timeToModel(index) {
      const folder = `chat-${index}`;
      const directories = groupDirectories(paths, folder);
      prepareGroupDirectories(directories, hostUser());
      const group = { folder, isMain: false };
      const spec = planWorkspace({
        ...settings,
        group,
        directories,
        furtherMounts: [],
        runId: `run-${index}`,
        nowMs: systemClock.now(),
      });
      const input = JSON.stringify(inputFor(index, settings.assistantName));
      const before = model.count();
      const startMs = nowMs();
      const sandbox = driver.start(spec);
      running.add(sandbox);
      sandbox.stdin.on('error', () => {});
      sandbox.stdin.end(input);
      sandbox.stdout.resume();
      sandbox.stderr.resume();
      const ms = (await model.requestAfter(before)).receivedAtMs - startMs;
      await sandbox.stop();
      running.delete(sandbox);
      return ms;
    },
    end: endsOnce(async () => {
      await Promise.all([...running].map((sandbox) => sandbox.stop()));
      await model.close();
      await home.remove();
    }),
  };
}

function inputFor(index: number, assistantName: string): AgentInput {
  return {
    prompt: messagePrompt(index, 'hello'),
    groupFolder: `chat-${index}`,
    chatJid: chatNumber(index),
    isMain: false,
    assistantName,
    runId: `run-${index}`,
    nonce: TOKEN,
    gateway: { scheme: 'api-key', token: TOKEN },
    partials: true,
    timezone: 'UTC',
  };
}
