import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Lower floors know nothing of higher ones. Rooms on floors 2 to 5 may not see each other; ARCHITECTURE.md draws it. */
const FLOORS = [
  ['kernel'],
  ['config', 'store'],
  ['messages', 'groups', 'tasks', 'access', 'queue', 'usage'],
  ['channels', 'sandboxes', 'gateway', 'background'],
  ['agents'],
  ['flows', 'doctor', 'update'],
  ['cli', 'web'],
  ['.'],
] as const;

/** Rooms on one floor that build on each other: a group's cursor and identity are those of its messages' chat. */
const NEIGHBOURS = [['groups', 'messages']];

const ROOT = join(import.meta.dirname, '../..');
const HOST = join(ROOT, 'packages/host/src');
const floorOf = new Map<string, number>(FLOORS.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)));

function sourcesIn(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(ts|mjs)$/.test(name) && !/(^|\/)(node_modules|dist|golden)\//.test(name));
}

const read = (directory: string, file: string): string => readFileSync(join(directory, file), 'utf8');
const room = (file: string): string => (file.includes('/') ? file.split('/')[0]! : '.');
const isTest = (file: string): boolean => file.endsWith('.test.ts');

/** Relative imports of a file, static and dynamic, as paths below its directory. */
function imports(directory: string, file: string): string[] {
  const text = read(directory, file);
  const targets = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => match[1]!);
  return targets.map((target) => relative(directory, join(directory, dirname(file), target)));
}

const files = sourcesIn(HOST);

describe('the host', () => {
  test('every room has a floor, and the walk saw files on every floor', () => {
    expect([...new Set(files.map(room))].filter((name) => !floorOf.has(name))).toEqual([]);
    for (const rooms of FLOORS)
      expect(files.some((file) => (rooms as readonly string[]).includes(room(file)))).toBe(true);
    expect(files.flatMap((file) => imports(HOST, file)).length).toBeGreaterThan(100);
  });

  test('imports only go down', () => {
    const isAllowed = (from: string, to: string): boolean =>
      from === to || floorOf.get(to)! < floorOf.get(from)! || NEIGHBOURS.some(([a, b]) => a === from && b === to);
    const bad = files.flatMap((file) =>
      imports(HOST, file)
        .filter((target) => !isAllowed(room(file), room(target)))
        .map((target) => `${file} -> ${target}`),
    );
    expect(bad.filter((line) => !isTest(line.split(' -> ')[0]!))).toEqual([]);
  });

  test('product rules without an I/O suffix are pure', () => {
    const impure =
      /from 'node:(fs|child_process|net|http)|better-sqlite3|Date\.now\(|new Date\(\)|process\.|Math\.random\(|setTimeout\(/;
    const rules = files.filter(
      (file) => floorOf.get(room(file)) === 2 && !/-(store|files)\.ts$/.test(file) && !isTest(file),
    );
    expect(rules.length).toBeGreaterThan(4);
    expect(rules.filter((file) => impure.test(read(HOST, file)))).toEqual([]);
  });

  test('time, chance and the environment come in from outside', () => {
    const outside = /\b(Date\.now|new Date\(\)|Math\.random|process\.env)\b|(?<!\.)\bset(Timeout|Interval)\(/;
    const allowed = /^(kernel\/clock|config\/|main\.ts|app-chats\.ts)/;
    const bad = files.filter((file) => !isTest(file) && !allowed.test(file) && outside.test(read(HOST, file)));
    expect(bad).toEqual([]);
  });

  test('only the composition root knows which adapters exist', () => {
    const concrete = /^(sandboxes\/(docker|bubblewrap|image)|channels\/(local|telegram|gmail|slack|discord))\//;
    const mayKnow = (file: string): boolean => room(file) === '.' || isTest(file);
    const bad = files.flatMap((file) =>
      imports(HOST, file)
        .filter((target) => concrete.test(target) && room(file) !== room(target) && !mayKnow(file))
        // The faces of the local channel are its screen: they are part of it.
        .filter((target) => !(target.startsWith('channels/local/') && ['web', 'cli'].includes(room(file))))
        .map((target) => `${file} -> ${target}`),
    );
    expect(bad).toEqual([]);
  });

  test('main is the only place that ends the process', () => {
    const bad = files.filter((file) => file !== 'main.ts' && !isTest(file) && /process\.exit\b/.test(read(HOST, file)));
    expect(bad).toEqual([]);
  });
});

describe('every package', () => {
  const packages = ['protocol', 'agent', 'model-practice', 'skills', 'host', 'testkit'];
  const all = packages.flatMap((name) =>
    sourcesIn(join(ROOT, 'packages', name)).map((file) => join('packages', name, file)),
  );

  test('no file outgrows its idea', () => {
    expect(all.length).toBeGreaterThan(80);
    const long = all.filter((file) => !isTest(file) && read(ROOT, file).split('\n').length > 251);
    expect(long).toEqual([]);
  });

  test('packages depend downwards: protocol on nothing, agent and practice model never on the host', () => {
    const mayUse: Record<string, string[]> = {
      protocol: [],
      'model-practice': [],
      agent: ['protocol', 'model-practice'],
      skills: [],
      host: ['protocol', 'model-practice', 'skills'],
      testkit: ['protocol', 'model-practice', 'host'],
    };
    const bad = all.flatMap((file) => {
      const own = file.split('/')[1]!;
      const used = [...read(ROOT, file).matchAll(/from '@nanoclaw\/([a-z-]+)/g)].map((match) => match[1]!);
      return used.filter((name) => !mayUse[own]!.includes(name) && !isTest(file)).map((name) => `${file} -> ${name}`);
    });
    expect(bad).toEqual([]);
  });

  test('no test is focused or left out for good', () => {
    const tests = [...all, ...sourcesIn(join(ROOT, 'test')).map((file) => join('test', file))].filter(isTest);
    expect(tests.length).toBeGreaterThan(20);
    expect(tests.filter((file) => /\b(it|test|describe)\.(only|skip|todo)\(/.test(read(ROOT, file)))).toEqual([]);
  });
});

test('the lock file has an entry for every optional package it names, or npm ci refuses it', () => {
  const lock = JSON.parse(read(ROOT, 'package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>;
  };
  const paths = Object.keys(lock.packages);
  const named = paths.flatMap((path) =>
    Object.keys(lock.packages[path]!.optionalDependencies ?? {}).map((name) => ({ path, key: `node_modules/${name}` })),
  );

  expect(named.length).toBeGreaterThan(20);
  // Mended by: node scripts/complete-lock.mjs
  expect(named.filter(({ path, key }) => !paths.includes(key) && !paths.includes(`${path}/${key}`))).toEqual([]);
});
