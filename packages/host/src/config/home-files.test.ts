import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { homePaths, prepareHome } from './home-files.ts';
import { installationId } from './installation-files.ts';

const aDirectory = (): string => mkdtempSync(join(tmpdir(), 'nanoclaw-home-'));

describe('a home', () => {
  test('is made with directories that are closed to other users, and may be prepared again', () => {
    const paths = homePaths(join(aDirectory(), 'new', 'home'));

    prepareHome(paths);
    prepareHome(paths);

    for (const directory of [
      paths.groups,
      paths.sessions,
      paths.mailboxes,
      paths.logs,
      paths.backups,
      join(paths.home, 'data'),
    ]) {
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    }
  });

  test.each(['groups', 'data', 'data/ipc', 'store'])(
    'with a file in the place of %s is refused by its name',
    (name) => {
      const home = aDirectory();
      mkdirSync(join(home, 'data'), { recursive: true });
      const inTheWay = join(home, name);
      if (name === 'data') {
        const other = aDirectory();
        writeFileSync(join(other, 'data'), '');
        expect(() => prepareHome(homePaths(other))).toThrow(`cannot use ${join(other, 'data')}`);
        return;
      }
      writeFileSync(inTheWay, '');

      expect(() => prepareHome(homePaths(home))).toThrow(`cannot use ${inTheWay}`);
    },
  );

  test('of an earlier release is closed to other users, and what is in it stays', () => {
    const paths = homePaths(mkdtempSync(join(tmpdir(), 'nanoclaw-open-home-')));
    mkdirSync(join(paths.home, 'store'), { mode: 0o755 });
    writeFileSync(paths.database, 'kept');

    prepareHome(paths);

    expect(statSync(join(paths.home, 'store')).mode & 0o777).toBe(0o700);
    expect(readFileSync(paths.database, 'utf8')).toBe('kept');
  });

  test('that is itself a file is refused', () => {
    const file = join(aDirectory(), 'home');
    writeFileSync(file, '');

    expect(() => prepareHome(homePaths(file))).toThrow(expect.objectContaining({ code: 'home-unusable' }));
  });

  test('too deep for a socket path is refused before anything is made, counted in bytes', () => {
    const base = aDirectory();
    const name = 'ü'.repeat(Math.ceil((110 - base.length) / 2));
    const paths = homePaths(join(base, name));
    expect(paths.controlSocket.length).toBeLessThan(Buffer.byteLength(paths.controlSocket));

    expect(() => prepareHome(paths)).toThrow(/longer than the 107 bytes .* set NANOCLAW_HOME to a shorter path/);

    expect(existsSync(paths.home)).toBe(false);
  });
});

describe('the installation id', () => {
  test('is made once and kept', () => {
    const file = join(aDirectory(), 'installation-id');
    const id = installationId(file);

    expect(id).toMatch(/^nc-[0-9a-f]{12}$/);
    expect(installationId(file)).toBe(id);
    expect(readFileSync(file, 'utf8')).toBe(`${id}\n`);
  });

  test('is made anew when the file is damaged', () => {
    const file = join(aDirectory(), 'installation-id');
    writeFileSync(file, 'rubbish');

    const id = installationId(file);

    expect(id).toMatch(/^nc-/);
    expect(installationId(file)).toBe(id);
  });
});
