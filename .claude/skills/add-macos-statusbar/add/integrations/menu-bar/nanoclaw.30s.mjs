#!/usr/bin/env node
// For SwiftBar and xbar: prints the state of the assistant as a menu, by asking `nanoclaw status`.
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Through the link in the plugin folder to the checkout.
const checkout = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..', '..');
const program = process.env.NANOCLAW_PROGRAM ?? join(checkout, 'packages', 'host', 'bin', 'nanoclaw.mjs');

const { stdout } = spawnSync(process.execPath, [program, 'status', '--json'], { encoding: 'utf8', timeout: 10_000 });
process.stdout.write(`${menu(read(stdout)).join('\n')}\n`);

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { running: false };
  }
}

function menu(status) {
  if (!status.running) return ['○ NanoClaw', '---', 'It does not run', item('Start the service', 'service', 'install')];
  const down = status.channels.filter(({ isConnected }) => !isConnected).map(({ name }) => name);
  const working = status.live.filter(({ phase }) => phase === 'working').length;
  return [
    `${down.length > 0 ? '◐' : '●'} ${plain(status.assistantName)}`,
    '---',
    `${working} at work, ${status.queue.inUse} of ${status.queue.cap} places`,
    ...status.channels.map(({ name, isConnected }) => `${plain(name)}: ${isConnected ? 'connected' : 'offline'}`),
    `last 24 hours: $${status.usage.costUsd.toFixed(2)}`,
    '---',
    item('Open the page', 'web'),
    item('Stop the service', 'service', 'uninstall'),
  ];
}

/** A line that runs a command when it is chosen. */
function item(title, ...words) {
  const params = words.map((word, index) => `param${index + 2}=${word}`).join(' ');
  return `${title} | bash="${process.execPath}" param1="${program}" ${params} terminal=true refresh=true`;
}

/** Nothing in a name may begin a command of the menu. */
function plain(text) {
  return text.replaceAll(/[|\n\r]/g, ' ');
}
