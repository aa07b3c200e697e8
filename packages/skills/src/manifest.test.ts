import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { LIMITS } from './limits.ts';
import { parseManifest } from './manifest.ts';

const LEAST = { skill: 'add-weather', version: '1.0.0', core_version: '>=2.0.0 <3.0.0' };

function problemsOf(fields: Record<string, unknown>): string[] {
  const parsed = parseManifest(stringify({ ...LEAST, ...fields }));
  return 'problems' in parsed ? parsed.problems : [];
}

test('the least that a manifest says is enough', () => {
  const parsed = parseManifest(stringify(LEAST));

  expect(parsed).toMatchObject({ manifest: { skill: 'add-weather', adds: [], structured: { npm_dependencies: {} } } });
});

test('everything that can be said is understood', () => {
  expect(
    problemsOf({
      adds: ['packages/host/src/access/weather.ts'],
      modifies: [
        'docs/a.md',
        {
          path: 'docs/b.md',
          edits: [
            { after: 'x', insert: 'y' },
            { replace: 'x', with: '' },
          ],
        },
      ],
      structured: {
        npm_dependencies: {
          croner: '^1.2.3',
          '@scope/thing': { version: '1.0.0', workspace: 'packages/agent', dev: true },
        },
        env_additions: [{ name: 'WEATHER_TOKEN', description: 'Key of it.', kind: 'secret' }],
        container_packages: ['tesseract-ocr'],
      },
      file_ops: [
        { op: 'rename', from: 'docs/a.md', to: 'docs/c.md' },
        { op: 'delete', path: 'docs/d.md' },
      ],
      depends: ['add-ocr'],
      conflicts: ['add-other'],
      post_apply: [['node', 'scripts/make.mjs', '--quiet']],
      test: ['npx', 'vitest', 'run', 'packages/host/src/access/weather.test.ts'],
    }),
  ).toEqual([]);
});

test('every mistake is told at once, with its place and what is allowed', () => {
  const problems = problemsOf({
    skill: 'Add Weather',
    version: 'one',
    core_version: 'newest',
    adds: ['../outside.ts'],
    modifies: [{ path: 'docs/a.md', edits: [{ after: 'x' }] }],
    structured: { npm_dependencies: { croner: 'git+https://example.org/x.git' } },
    test: ['bash', '-c', 'true'],
    hooks: {},
  });

  expect(problems.map((line) => line.replace(/^manifest\.yaml: ([\w.-]+): .*/, '$1'))).toEqual([
    'skill',
    'version',
    'core_version',
    'adds.0',
    'modifies.0.edits.0',
    'structured.npm_dependencies.croner',
    'test',
    'hooks',
  ]);
  expect(problems.join('\n')).toContain('lower-case words');
  expect(problems.join('\n')).toContain('such as 1.0.0');
  expect(problems.join('\n')).toContain('{after, insert}');
  expect(problems.join('\n')).toContain('git, file, link, alias and URL are refused');
});

test.each([
  ['two values for one field', 'skill: a\nskill: b\n'],
  ['an alias, which makes a small text large', 'skill: &a x\nversion: *a\n'],
  ['a tag, which makes other things than data', 'skill: !!js/function "x"\n'],
  ['what is no YAML', 'skill: [a\n'],
  ['another thing than fields', '- a\n'],
  ['nothing', ''],
])('%s is refused', (_, text) => {
  expect(parseManifest(text)).toHaveProperty('problems');
});

test('a manifest may be 64 KiB at most', () => {
  expect(parseManifest(`skill: add-weather\n#${'x'.repeat(LIMITS.manifestBytes)}`)).toEqual({
    problems: [`manifest.yaml is larger than ${LIMITS.manifestBytes} bytes`],
  });
});
