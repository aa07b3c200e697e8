import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPinoLog } from './pino-log.ts';

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
