import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTelegramServer } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aServiceHome, type ServiceHome } from './service-home.ts';

let home: ServiceHome;
beforeEach(() => {
  home = aServiceHome();
});
afterEach(() => home.remove());

interface Answer {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly check: string;
    readonly level: string;
    readonly found: string;
    readonly fix?: string;
    readonly canBeMended: boolean;
    readonly isMended?: boolean;
  }[];
}

async function doctor(...args: string[]) {
  const { code, stdout, stderr } = await home.run('doctor', '--json', ...args);
  const answer = JSON.parse(stdout) as Answer;
  const of = (name: string) => answer.findings.filter(({ check }) => check === name);
  return { code, answer, of, text: `${stdout}${stderr}` };
}

test('the real program finds what is wrong, mends what it says it can, and tells what is left', async () => {
  const telegram = await startTelegramServer();
  try {
    const env = join(home.path, '.env');
    const settings = ['SANDBOX=docker', 'TELEGRAM_BOT_TOKEN=999999:a-token-that-nobody-has-given'];
    writeFileSync(
      env,
      [...settings, `TELEGRAM_API_ROOT=${telegram.root}`, 'ANTHROPIC_API_KEY=sk-ant-not-this-one', ''].join('\n'),
    );
    chmodSync(env, 0o644);
    // An engine that is not there, and a model service that is not there either.
    home.program('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    writeFileSync(env, 'ANTHROPIC_BASE_URL=http://127.0.0.1:9\n', { flag: 'a' });
    mkdirSync(join(home.path, 'data'));
    writeFileSync(join(home.path, 'data', 'nanoclaw.lock'), JSON.stringify({ pid: process.pid, began: '1' }));

    const before = await doctor();
    const after = await doctor('--fix');

    expect(before).toMatchObject({ code: 1, answer: { ok: false } });
    expect(before.of('secret files')).toMatchObject([{ level: 'problem', canBeMended: true }]);
    expect(before.of('lock')).toMatchObject([{ level: 'problem', canBeMended: true }]);
    expect(before.of('sandbox')[0]).toMatchObject({ level: 'problem', found: expect.stringContaining('docker') });
    expect(before.of('model')[0]?.found).toContain('the model service cannot be reached');
    expect(before.of('channel credentials')).toMatchObject([{ level: 'problem', fix: 'nanoclaw setup telegram' }]);
    expect(after.code).toBe(1);
    expect(after.of('secret files')).toMatchObject([{ isMended: true }]);
    expect(after.of('lock')).toMatchObject([{ isMended: true }]);
    expect(after.of('sandbox')[0]).toMatchObject({ level: 'problem' });
    expect(statSync(env).mode & 0o777).toBe(0o600);
    for (const secret of ['nobody-has-given', 'not-this-one']) {
      expect(before.text).not.toContain(secret);
      expect(after.text).not.toContain(secret);
    }
  } finally {
    await telegram.close();
  }
});

test('where the settings have mistakes it says which, and looks at the rest', async () => {
  writeFileSync(join(home.path, '.env'), 'SANDBOX=none\n', { mode: 0o600 });

  const { code, of } = await doctor();

  expect(code).toBe(1);
  expect(of('settings')).toMatchObject([{ level: 'problem', found: expect.stringContaining('SANDBOX is "none"') }]);
  expect(of('node')).toMatchObject([{ level: 'ok' }]);
  expect(of('model')).toMatchObject([{ level: 'skipped' }]);
});
