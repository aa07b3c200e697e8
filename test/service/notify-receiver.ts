import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '@nanoclaw/testkit';

export interface NotifyReceiver {
  readonly socket: string;
  readonly heard: readonly string[];
  close(): Promise<void>;
}

/** A socket as systemd has one for each service. */
export async function startNotifyReceiver(directory: string): Promise<NotifyReceiver> {
  const socket = join(directory, 'notify.sock');
  const program = join(import.meta.dirname, 'programs', 'notify-receiver.py');
  const child = spawn('python3', [program, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as string));
  await until('the receiver listens', () => lines.includes('listening'));
  return {
    socket,
    heard: lines,
    async close() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
