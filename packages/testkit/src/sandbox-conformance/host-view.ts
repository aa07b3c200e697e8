import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** All processes in the process namespace of `pid`, as the host numbers them; undefined when it may not be looked at. */
export function sameNamespace(pid: number): number[] | undefined {
  const namespace = namespaceOf(pid);
  if (namespace === undefined) return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => namespaceOf(other) === namespace);
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** What the host says of a process; undefined when it has ended. */
export function statusText(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Fields of a `/proc/<pid>/status`, white space made single. */
export function statusOf(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => /^(\w+):\s*(.*)$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((match) => (match ? [[match[1], (match[2] ?? '').split(/\s+/).join(' ')]] : [])),
  );
}
