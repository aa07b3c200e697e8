import { z } from 'zod';
import { describeAnswer, type EngineAnswer } from '../engine/engine-client.ts';
import type { Availability } from '../sandbox.ts';

/** What `docker info` must say before a sandbox is started with it. */
export const AVAILABILITY_ARGUMENTS = ['info', '--format', '{{json .}}'];

const EngineInfo = z.object({
  ServerVersion: z.string().default(''),
  OSType: z.string().default(''),
  OperatingSystem: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
  ServerErrors: z.array(z.string()).nullish(),
});
type EngineInfo = z.infer<typeof EngineInfo>;

/** Reads the answer to `AVAILABILITY_ARGUMENTS`. Every refusal names one command that would help. */
export function availabilityOf(answer: EngineAnswer): Availability {
  if (answer.kind === 'missing') {
    return { ok: false, reason: describeAnswer('docker', answer), remedy: 'sudo apt-get install -y docker.io' };
  }
  if (answer.kind === 'timed-out') {
    return {
      ok: false,
      reason: describeAnswer('docker', answer),
      remedy: 'sudo systemctl restart docker',
      mayPass: true,
    };
  }
  if (answer.kind === 'refused') return notAnswering(answer.stderr);
  const info = parseInfo(answer.stdout);
  if (info === undefined || info.ServerVersion === '') return notAnswering(info?.ServerErrors?.join(' ') ?? '');
  return usable(info);
}

function parseInfo(stdout: string): EngineInfo | undefined {
  try {
    return EngineInfo.parse(JSON.parse(stdout));
  } catch {
    // Not docker's answer, or none of a version we can read: the same as no answer.
    return undefined;
  }
}

function notAnswering(stderr: string): Availability {
  // The client has no exit code for "the socket is not yours"; its words choose a hint and nothing else.
  const isForbidden = /permission denied/i.test(stderr);
  return isForbidden
    ? { ok: false, reason: 'this user may not use the Docker engine', remedy: 'sudo usermod -aG docker "$USER"' }
    : { ok: false, reason: 'the Docker engine does not answer', remedy: 'sudo systemctl start docker', mayPass: true };
}

/**
 * An engine that shifts user ids cannot give a sandbox the owner of its group's folder, so every write would fail; that
 * is said here rather than found out in the first conversation.
 */
function usable(info: EngineInfo): Availability {
  const shifting = info.SecurityOptions?.find((option) => /^name=(rootless|userns)\b/.test(option));
  if (shifting !== undefined) {
    const reason = `this Docker engine shifts user ids (${shifting}), so a sandbox could not write its own folder`;
    return { ok: false, reason, remedy: 'docker context use default' };
  }
  if (info.OSType !== 'linux') {
    return {
      ok: false,
      reason: `this Docker engine runs ${info.OSType} containers`,
      remedy: 'docker context use default',
    };
  }
  return { ok: true, detail: `Docker ${info.ServerVersion} on ${info.OperatingSystem}` };
}
