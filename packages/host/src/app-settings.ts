import { join } from 'node:path';
import { mountAllowlistFile, openMountAllowlist } from './access/mount-rules-files.ts';
import { openServiceList, servicesFile } from './access/service-rules-files.ts';
import type { Config } from './config/config.ts';
import type { HomePaths } from './config/home-files.ts';
import { ownPlaces } from './config/own-places.ts';
import type { HostStatus } from './flows/host-status.ts';
import type { RunSettings } from './flows/start-run.ts';
import type { ModelUpstream } from './gateway/model-route.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { type SandboxUser, sandboxUser } from './sandboxes/spec.ts';

/** A run that says nothing is ended only after its idle time would have ended it anyhow (v1). */
const SILENCE_MARGIN_MS = 30_000;

/** Most memory that `/tmp` and home may each take, in bytes; a small sandbox gets a quarter of its memory. */
const MAX_TMP_BYTES = 512 * 2 ** 20;

const MODEL_SERVICE = 'https://api.anthropic.com';

/** Who owns what sandboxes may write. */
export function hostUser(): SandboxUser {
  return sandboxUser(process.getuid?.() ?? 1000, process.getgid?.() ?? 1000);
}

/** The model service's address. */
export function modelBase(config: Config): string {
  return config.variables.ANTHROPIC_BASE_URL ?? MODEL_SERVICE;
}

/** Where model requests go and how the status calls it. */
export function modelRoute(
  config: Config,
  paths: HomePaths,
): { upstream: ModelUpstream; described: HostStatus['model'] } {
  if (config.credential.scheme === 'none') {
    const described = { kind: 'practice', detail: 'practice model: no key is set' } as const;
    return { upstream: { kind: 'socket', path: paths.practiceSocket }, described };
  }
  const base = new URL(modelBase(config));
  const by = config.credential.scheme === 'onecli' ? `OneCLI at ${config.credential.url}` : config.credential.variable;
  const detail = `${by} at ${base.origin}`;
  return { upstream: { kind: 'url', base }, described: { kind: 'service', detail } };
}

export function runSettings(config: Config, paths: HomePaths, installation: string): RunSettings {
  const { variables } = config;
  const memoryBytes = variables.CONTAINER_MEMORY;
  return {
    places: paths,
    globalDirectory: join(paths.groups, 'global'),
    gatewaySocket: paths.gatewaySocket,
    skillsSource: join(CHECKOUT, 'container', 'skills'),
    skillsDirectory: paths.skills,
    checkout: CHECKOUT,
    ownPlaces: ownPlaces(config),
    mountAllowlist: openMountAllowlist(mountAllowlistFile(config.configHome)),
    services: openServiceList(servicesFile(config.configHome)),
    logs: paths.logs,
    installation,
    user: hostUser(),
    limits: {
      memoryBytes,
      cpus: variables.CONTAINER_CPUS,
      pids: variables.CONTAINER_PIDS,
      tmpBytes: Math.min(MAX_TMP_BYTES, Math.floor(memoryBytes / 4)),
    },
    timezone: config.timezone,
    assistantName: variables.ASSISTANT_NAME,
    model: variables.MODEL,
    silenceMs: Math.max(variables.CONTAINER_TIMEOUT, variables.IDLE_TIMEOUT + SILENCE_MARGIN_MS),
    maxOutputBytes: variables.CONTAINER_MAX_OUTPUT_SIZE,
  };
}
