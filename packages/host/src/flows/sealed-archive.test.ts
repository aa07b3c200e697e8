import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, repeatingScript } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveDeps } from '../app-archive.ts';
import { homePaths } from '../config/home-files.ts';
import { makeArchive } from './make-archive.ts';
import { readArchive } from './read-archive.ts';
import { isSealed, MIN_PASSPHRASE_CHARS, readPassphrase } from './sealed-archive.ts';

let work: string;
let under: EngineUnderTest;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'nanoclaw-sealed-'));
  under = anEngine({ scriptOf: () => repeatingScript(() => 'done') });
});
afterEach(async () => {
  await under.end();
  rmSync(work, { recursive: true, force: true });
});

const archive = (): string => join(work, 'home.tar.gz.age');

function passphraseIn(name: string, text: string, mode = 0o600): string {
  const file = join(work, name);
  writeFileSync(file, `${text}\n`);
  chmodSync(file, mode);
  return file;
}

function make(passphraseFile: string) {
  const request = { file: archive(), withSecrets: false, force: true, passphraseFile };
  return makeArchive(archiveDeps(homePaths(under.home), under.stores.database, '2.0.0'), request);
}

test('a sealed backup opens with its passphrase alone, and shows nothing without it', async () => {
  writeFileSync(join(under.home, 'groups', 'main', 'notes.md'), 'a plain word of the owner');
  const right = passphraseIn('right', 'correct horse battery staple');
  expect(await make(right)).toMatchObject({ isSealed: true });

  expect(isSealed(archive())).toBe(true);
  expect(readFileSync(archive(), 'latin1')).not.toContain('a plain word');
  expect(statSync(archive()).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(under.home, 'backups'))).toEqual([]);
  const opened = await readArchive(archive(), join(work, 'a'), right);
  expect(readFileSync(join(opened.home, 'groups/main/notes.md'), 'utf8')).toBe('a plain word of the owner');

  const wrong = passphraseIn('wrong', 'another horse altogether');
  await expect(readArchive(archive(), join(work, 'b'), wrong)).rejects.toMatchObject({
    code: 'restore-failed',
    message: expect.stringContaining('the passphrase is another one'),
  });
  await expect(readArchive(archive(), join(work, 'b'))).rejects.toThrow('add --passphrase-file');
  expect(readdirSync(join(work, 'b'))).toEqual([]);
});

test('a sealed backup that was changed is refused as a whole', async () => {
  const file = passphraseIn('right', 'correct horse battery staple');
  await make(file);
  const bytes = readFileSync(archive());
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
  writeFileSync(archive(), bytes);

  await expect(readArchive(archive(), join(work, 'a'), file)).rejects.toMatchObject({ code: 'restore-failed' });
  expect(readdirSync(join(work, 'a'))).toEqual([]);
});

test.each<[string, () => string, string]>([
  ['is not there', () => join(work, 'none'), 'no such file'],
  ['others may read', () => passphraseIn('open', 'correct horse battery', 0o644), 'chmod 600'],
  ['is too short', () => passphraseIn('short', 'x'.repeat(MIN_PASSPHRASE_CHARS - 1)), 'shorter than'],
  ['is no passphrase', () => passphraseIn('long', 'x'.repeat(2_000)), 'larger than'],
])('a passphrase that %s is refused, and never shown', (_, file, why) => {
  expect(() => readPassphrase(file())).toThrow(why);
  expect(() => readPassphrase(file())).not.toThrow(/xxx|horse/);
});
