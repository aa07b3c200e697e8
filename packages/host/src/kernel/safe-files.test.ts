import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isMissing, listHostileDirectory, readHostileFile, removeHostileFile, writeHostileFile } from './safe-files.ts';

let base: string;
let root: string;
let secret: string;

/** `root` is what a sandbox may write; the secret lies outside of it. */
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'nanoclaw-safe-'));
  root = join(base, 'mailbox');
  secret = join(base, 'outside', 'secret.json');
  mkdirSync(join(root, 'messages'), { recursive: true });
  mkdirSync(join(base, 'outside'));
  writeFileSync(secret, 'secret');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const read = (below: string[], maxBytes = 100): string => readHostileFile({ root, below, maxBytes }).toString();
const naive = (below: string[]): string => readFileSync(join(root, ...below), 'utf8');
const refusal = expect.objectContaining({ code: 'file-refused' });
const list = (below: string[], maxEntries = 100): string[] =>
  listHostileDirectory({ root, below, maxEntries, isWanted: () => true });

describe('reading', () => {
  test('gives the bytes of a regular file', () => {
    writeFileSync(join(root, 'messages', 'a.json'), 'hello');

    expect(read(['messages', 'a.json'])).toBe('hello');
    expect(read(['messages', 'a.json'], 5)).toBe('hello');
  });

  test('an empty file is an empty text', () => {
    writeFileSync(join(root, 'a'), '');

    expect(read(['a'])).toBe('');
  });

  test('a missing file is told apart from a refused one', () => {
    try {
      read(['messages', 'nothing']);
      expect.unreachable();
    } catch (error) {
      expect(isMissing(error)).toBe(true);
    }
  });

  test('refuses a link at the end', () => {
    symlinkSync(secret, join(root, 'messages', 'a.json'));

    expect(naive(['messages', 'a.json'])).toBe('secret');
    expect(() => read(['messages', 'a.json'])).toThrow(refusal);
  });

  test('refuses a link in the middle', () => {
    rmSync(join(root, 'messages'), { recursive: true });
    symlinkSync(join(base, 'outside'), join(root, 'messages'));

    expect(naive(['messages', 'secret.json'])).toBe('secret');
    expect(() => read(['messages', 'secret.json'])).toThrow(refusal);
    expect(() => list(['messages'])).toThrow(refusal);
    expect(() => writeHostileFile({ root, below: ['messages', 'x'], content: '' })).toThrow(refusal);
    expect(() => removeHostileFile({ root, below: ['messages', 'secret.json'] })).toThrow(refusal);
    expect(readdirSync(join(base, 'outside'))).toEqual(['secret.json']);
  });

  test('refuses a link that points to itself and one that points nowhere', () => {
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('/nowhere', join(root, 'dangling'));

    for (const name of ['loop', 'dangling']) expect(() => read([name])).toThrow(refusal);
  });

  test('refuses a second name of a file that lies elsewhere', () => {
    linkSync(secret, join(root, 'a'));

    expect(naive(['a'])).toBe('secret');
    expect(() => read(['a'])).toThrow(/more than one name/);
  });

  test('refuses a pipe at once instead of waiting for somebody to write', () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const naively = ['-e', `require('fs').readFileSync(${JSON.stringify(join(root, 'pipe'))})`];

    expect(() => execFileSync(process.execPath, naively, { timeout: 300, stdio: 'ignore' })).toThrow('ETIMEDOUT');
    expect(() => read(['pipe'])).toThrow(/not a regular file/);
  });

  test('refuses a directory, a socket and a device', async () => {
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));

    expect(() => read(['messages'])).toThrow(/not a regular file/);
    expect(() => read(['socket'])).toThrow(refusal);
    expect(() => readHostileFile({ root: '/dev', below: ['zero'], maxBytes: 10 })).toThrow(/not a regular file/);
    server.close();
  });

  test('refuses a file over the limit without reading it', () => {
    writeFileSync(join(root, 'a'), 'x'.repeat(101));

    expect(naive(['a'])).toHaveLength(101);
    expect(() => read(['a'], 100)).toThrow(/larger than 100 bytes/);
  });

  test('refuses a file that grows while it is read', () => {
    writeFileSync(join(root, 'a'), '12345');
    const place = {
      root,
      below: ['a'],
      // Looked at between the check of the size and the read.
      get maxBytes() {
        appendFileSync(join(root, 'a'), '6789');
        return 7;
      },
    };

    expect(() => readHostileFile(place)).toThrow(/grew/);
  });

  test('a failure of the machine is not blamed on the file', () => {
    expect(() => readHostileFile({ root: join(base, 'gone'), below: ['a'], maxBytes: 1 })).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});

describe('names', () => {
  test.each(['', '.', '..', 'a/b', '/etc/passwd', '../outside/secret.json', 'a\0b'])('%j is no file name', (name) => {
    expect(() => read([name])).toThrow(refusal);
    expect(() => read([name, 'a'])).toThrow(refusal);
    expect(() => writeHostileFile({ root, below: [name], content: '' })).toThrow(refusal);
    expect(() => removeHostileFile({ root, below: [name] })).toThrow(refusal);
  });

  test.each(['line\nbreak', 'ünïcode', '-rf', '*', '%2e%2e', '\\..\\'])('%j is one', (name) => {
    writeHostileFile({ root, below: [name], content: 'x' });

    expect(read([name])).toBe('x');
  });
});

describe('listing', () => {
  test('gives the wanted names in order and no more than asked for, directories left out', () => {
    for (const name of ['c.json', 'a.json', 'b.json', '.hidden', 'd.txt']) writeFileSync(join(root, name), '');
    const isWanted = (name: string): boolean => name.endsWith('.json');

    expect(listHostileDirectory({ root, below: [], maxEntries: 2, isWanted })).toEqual(['a.json', 'b.json']);
    expect(list([])).toEqual(['.hidden', 'a.json', 'b.json', 'c.json', 'd.txt']);
  });

  test('what is not a directory is refused', () => {
    writeFileSync(join(root, 'file'), '');

    expect(() => list(['file'])).toThrow(refusal);
  });
});

describe('writing', () => {
  test('replaces a whole file and leaves nothing else behind', () => {
    writeHostileFile({ root, below: ['messages', 'a'], content: 'old' });
    writeHostileFile({ root, below: ['messages', 'a'], content: 'new', mode: 0o640 });

    expect(naive(['messages', 'a'])).toBe('new');
    expect(statSync(join(root, 'messages', 'a')).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(root, 'messages'))).toEqual(['a']);
  });

  test('replaces a link instead of writing through it', () => {
    symlinkSync(secret, join(root, 'a'));

    writeHostileFile({ root, below: ['a'], content: 'mine' });

    expect(readFileSync(secret, 'utf8')).toBe('secret');
    expect(lstatSync(join(root, 'a')).isFile()).toBe(true);
  });

  test('that fails leaves no temporary file', () => {
    mkdirSync(join(root, 'messages', 'a'));

    expect(() => writeHostileFile({ root, below: ['messages', 'a'], content: 'x' })).toThrow('EISDIR');

    expect(readdirSync(join(root, 'messages'))).toEqual(['a']);
  });
});

describe('removing', () => {
  test('takes away a link, not what it points to; a missing name is fine', () => {
    symlinkSync(secret, join(root, 'a'));

    removeHostileFile({ root, below: ['a'] });
    removeHostileFile({ root, below: ['a'] });

    expect(existsSync(secret)).toBe(true);
    expect(readdirSync(root)).toEqual(['messages']);
  });
});
