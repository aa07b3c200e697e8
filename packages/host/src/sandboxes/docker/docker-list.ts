import type { SandboxInfo } from '../sandbox.ts';
import { LABELS } from '../spec.ts';

/** Ended containers are listed too: what a killed host left behind has to be found and removed. */
export function listArguments(installation: string): string[] {
  const columns = ['{{.Names}}', `{{.Label "${LABELS.group}"}}`, `{{.Label "${LABELS.run}"}}`, '{{.CreatedAt}}'];
  const filter = `label=${LABELS.installation}=${installation}`;
  return ['ps', '--all', '--no-trunc', '--filter', filter, '--format', columns.join('\t')];
}

export function parseList(stdout: string): SandboxInfo[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): SandboxInfo {
  const [name = '', groupFolder = '', runId = '', createdAt = ''] = line.split('\t');
  const startedAtMs = parseCreatedAt(createdAt);
  return { name, groupFolder, runId, ...(startedAtMs === undefined ? {} : { startedAtMs }) };
}

/** `2026-03-05 09:30:00 +0100 CET`: the zone's name is for people, the offset says it all. */
function parseCreatedAt(text: string): number | undefined {
  const [date, time, offset] = text.split(' ');
  const ms = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}
