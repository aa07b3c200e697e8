import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const PLUGIN = join(import.meta.dirname, '../../integrations/menu-bar/nanoclaw.30s.mjs');

/** What the plugin prints where `nanoclaw status --json` prints this. */
function shown(printed) {
  const folder = mkdtempSync(join(tmpdir(), 'menu-'));
  try {
    const program = join(folder, 'nanoclaw.mjs');
    writeFileSync(
      program,
      `if (process.argv.slice(2).join(' ') === 'status --json') process.stdout.write(${JSON.stringify(printed)});`,
    );
    const { stdout } = spawnSync(process.execPath, [PLUGIN], {
      encoding: 'utf8',
      env: { ...process.env, NANOCLAW_PROGRAM: program },
    });
    return stdout.trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const status = {
  running: true,
  assistantName: 'Andy',
  channels: [
    { name: 'local', isConnected: true },
    { name: 'telegram', isConnected: true },
  ],
  live: [{ phase: 'working' }, { phase: 'resting' }],
  queue: { cap: 5, inUse: 2 },
  usage: { costUsd: 1.234 },
};

test('a running assistant is shown with what it does', () => {
  const lines = shown(JSON.stringify(status));
  assert.deepEqual(lines.slice(0, 6), [
    '● Andy',
    '---',
    '1 at work, 2 of 5 places',
    'local: connected',
    'telegram: connected',
    'last 24 hours: $1.23',
  ]);
  assert.match(lines[7], /^Open the page \| bash=.*param2=web /);
});

test('a channel that is down is seen at once, and names begin no command', () => {
  const channels = [{ name: 'tele | bash=evil', isConnected: false }];
  const lines = shown(JSON.stringify({ ...status, channels }));
  assert.equal(lines[0], '◐ Andy');
  assert.ok(lines.includes('tele   bash=evil: offline'));
});

test('one that does not run, or cannot be asked, can be started', () => {
  for (const printed of ['{"running": false}', 'rubbish', '']) {
    const lines = shown(printed);
    assert.equal(lines[0], '○ NanoClaw');
    assert.match(lines[3], /^Start the service .*param2=service param3=install/);
  }
});
