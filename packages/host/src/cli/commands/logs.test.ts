import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand, startCommand } from '../../../../../test/cli/cli-run.ts';
import { homePaths } from '../../config/home-files.ts';
import { systemClock } from '../../kernel/clock.ts';
import { openRecord } from '../../store/record-files.ts';

let home: CliHome;
let log: string;
beforeEach(() => {
  home = aHome();
  const { logs } = homePaths(home.home);
  mkdirSync(logs, { recursive: true });
  log = `${logs}/host.log`;
});
afterEach(() => home.remove());

const run = (...args: string[]) => runCommand(home, ['logs', ...args], { environment: { TZ: 'UTC' } });
const line = (event: string, fields: Record<string, unknown> = {}): string =>
  `${JSON.stringify({ level: 30, time: '2026-03-05T09:30:12.000Z', ...fields, event })}\n`;

describe('the log', () => {
  test('is shown as lines for people, the newest ones, older files included', async () => {
    writeFileSync(`${log}.1`, line('first') + line('second'));
    writeFileSync(log, `rubbish\n${line('third', { group: 'work', ms: 12, text: 'a\u001b[2Jb\nc' })}`);

    expect((await run('-n', '2')).stdout).toBe(
      '2026-03-05 09:30:12 info  second\n2026-03-05 09:30:12 info  third group=work ms=12 text=a\u241b[2Jb\u240ac\n',
    );
    expect(JSON.parse((await run('--json')).stdout)).toMatchObject([
      { event: 'first' },
      { event: 'second' },
      { ms: 12 },
    ]);
  });

  test('of one group is what names it', async () => {
    writeFileSync(
      log,
      line('a', { group: 'work' }) + line('b', { group: 'main' }) + line('c', { groupFolder: 'work' }),
    );
    expect((await run('--group', 'work')).stdout).toMatch(/ a .*\n.* c /);
    expect((await run('--group', 'work')).stdout).not.toContain(' b ');
  });

  test('that is not there yet is no failure', async () => {
    expect(await run()).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('nothing is in') });
  });

  test('is followed over a new file, until ^C', async () => {
    writeFileSync(log, line('before'));
    let looks = 0;
    const sleep = (_: number, signal?: AbortSignal) => {
      looks++;
      return systemClock.sleep(10, signal);
    };
    const following = startCommand(home, ['logs', '-f', '--json'], { deps: { sleep } });
    await until('what was there is shown', () => following.stdout().includes('before'));
    const [start, end] = [line('in two p\u00e4rts').slice(0, 60), line('in two p\u00e4rts').slice(60)];
    appendFileSync(log, start);
    const before = looks;
    await until('the half of it was looked at', () => looks > before + 1);
    appendFileSync(log, end);
    await until('a line that came in parts is shown', () => following.stdout().includes('in two p\u00e4rts'));
    // Between two looks: the last line of the old file, and a new file that is longer already.
    appendFileSync(log, line('last of the old'));
    renameSync(log, `${log}.1`);
    writeFileSync(log, line('after') + line('filler').repeat(20));
    await until('the new file is shown', () => following.stdout().includes('after'));
    following.signal();

    expect(await following.code).toBe(0);
    expect(following.stdout()).toContain('last of the old');
    expect(following.stdout().trim().split('\n')).toHaveLength(4 + 20);
  });

  test.each([
    ['-n', 'x'],
    ['-n', '-1'],
    ['--verify', '--egress'],
    ['--verify', '-f'],
  ])('%s %s is wrong usage', async (...args) => {
    expect((await run(...args)).code).toBe(2);
  });
});

describe('the record', () => {
  const at = (host: string, outcome: Record<string, string>) => ({
    method: 'CONNECT',
    host,
    port: 443,
    outcome,
    bytesOut: 1,
    bytesIn: 2,
  });
  beforeEach(() => {
    const record = openRecord(homePaths(home.home).record);
    record.add({ kind: 'egress', group: 'main', detail: at('a.com', { address: '1.2.3.4' }), now: 0 });
    record.add({ kind: 'egress', group: 'work', detail: at('b.com', { refused: 'no' }), now: 1_000 });
    record.add({ kind: 'send', group: 'work', detail: { chat: 'tg:1', chars: 7 }, now: 2_000 });
  });

  test('is shown for people and for programs', async () => {
    expect((await run('--egress')).stdout).toBe(
      '1 1970-01-01 00:00:00 main CONNECT a.com:443 1.2.3.4 out=1 in=2\n2 1970-01-01 00:00:01 work CONNECT b.com:443 refused: no\n',
    );
    expect(JSON.parse((await run('--egress', '--group', 'work', '--json')).stdout)).toMatchObject([
      { seq: 2, group: 'work' },
    ]);
  });

  test('is shown as a whole', async () => {
    expect((await run('--record', '-n', '1')).stdout).toBe('3 1970-01-01 00:00:02 work send chat=tg:1 chars=7\n');
  });

  test('is whole, or where it was changed is told with exit code 1', async () => {
    expect(await run('--verify')).toMatchObject({ code: 0, stdout: '3 entries, 0 problems\n' });
    expect(JSON.parse((await run('--verify', '--json')).stdout)).toMatchObject({ first: 1, last: 3, problems: [] });
    const { record } = homePaths(home.home);
    writeFileSync(record, readFileSync(record, 'utf8').replace('a.com', 'x.com'));

    expect(await run('--verify')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/line 1: it was changed\n3 entries, 1 problems/),
    });
  });
});
