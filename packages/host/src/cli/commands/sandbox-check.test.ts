import { afterEach, beforeEach, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';

let home: CliHome;
beforeEach(() => {
  home = aHome();
});
afterEach(() => home.remove());

const check = (results: { id: string; what: string; ok: boolean; found?: string }[], ...args: string[]) =>
  runCommand(home, ['sandbox', 'check', ...args], {
    deps: { checkSandbox: async () => ({ driver: 'docker', results }) },
  });
const good = { id: 'a', what: 'it holds', ok: true };
const bad = { id: 'b', what: 'it cannot write', ok: false, found: 'do\u001bne' };

test('a table for people, and the exit code for scripts', async () => {
  expect(await check([good])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ok +it holds/),
    stderr: 'the sandbox holds\n',
  });
  const result = await check([good, bad]);
  expect(result).toMatchObject({ code: 1, stderr: '1 of 2 checks failed\n' });
  expect(result.stdout).toMatch(/FAILED +it cannot write +do\u241bne/);
});

test('a document for programs', async () => {
  const { code, stdout } = await check([good, bad], '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({ driver: 'docker', ok: false, results: [good, bad] });
});
