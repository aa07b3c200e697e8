import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPinoLog, MAX_LOG_BYTES, OLD_LOGS_KEPT } from './pino-log.ts';

test('a secret is not written, by key or by value, wherever it stands', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'nanoclaw-log-')), 'host.log');
  const { log, flush } = createPinoLog({ level: 'info', file, alsoStderr: false, secrets: ['sk-very-secret'] });

  log.info('a.event', {
    group: 'main',
    token: 'abc123',
    nested: { secret: 'def456' },
    error: 'refused: sk-very-secret',
  });
  log.debug('below.level', {});
  flush();

  const text = readFileSync(file, 'utf8');
  expect(text).not.toMatch(/abc123|def456|sk-very-secret|below/);
  expect(JSON.parse(text)).toMatchObject({ event: 'a.event', group: 'main', error: 'refused: [redacted]' });
});

test('a full file is put aside, the oldest one goes, and writing goes on in a new one', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-log-'));
  const file = join(directory, 'host.log');
  const { log, rotate } = createPinoLog({ level: 'info', file, alsoStderr: false, secrets: [] });
  for (let round = 0; round <= OLD_LOGS_KEPT + 1; round++) {
    log.info(`round.${round}`);
    rotate();
    expect(readdirSync(directory)).toHaveLength(Math.min(round + 1, OLD_LOGS_KEPT + 1));
    appendFileSync(file, Buffer.alloc(MAX_LOG_BYTES));
    rotate();
  }
  log.info('last');

  expect(readFileSync(file, 'utf8')).toMatch(/^{[^\n]*"last"}\n$/);
  expect(readFileSync(`${file}.1`, 'utf8')).toContain(`round.${OLD_LOGS_KEPT + 1}`);
  expect(readdirSync(directory)).toHaveLength(OLD_LOGS_KEPT + 1);
});

test('a file that somebody has removed is made anew', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'nanoclaw-log-')), 'host.log');
  const { log, rotate } = createPinoLog({ level: 'info', file, alsoStderr: false, secrets: [] });
  log.info('one');
  rmSync(file);
  rotate();
  log.info('two');

  expect(readFileSync(file, 'utf8')).toMatch(/^{[^\n]*"two"}\n$/);
});
