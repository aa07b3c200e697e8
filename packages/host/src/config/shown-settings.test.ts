import { expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { shownSettings } from './shown-settings.ts';
import { SECRET_VARIABLES, VARIABLES } from './variables.ts';

test('every setting is listed; of a secret only that it is set, of an address no login', () => {
  const secret = 'sk-ant-very-secret';
  const config = loadConfig(
    {
      ANTHROPIC_API_KEY: secret,
      ANTHROPIC_BASE_URL: 'http://me:hidden@model.test/v1',
      TRANSCRIBE_COMMAND: 'whisper --key hidden',
      ASSISTANT_NAME: 'Bo',
    },
    '/nowhere',
  );
  const settings = shownSettings(config);
  const of = (name: string) => settings.find((setting) => setting.name === name);

  expect(settings.map(({ name }) => name)).toEqual(Object.keys(VARIABLES.shape));
  expect(of('ASSISTANT_NAME')).toEqual({ name: 'ASSISTANT_NAME', kind: 'value', value: 'Bo' });
  expect(of('ANTHROPIC_API_KEY')).toEqual({ name: 'ANTHROPIC_API_KEY', kind: 'secret', value: '' });
  expect(of('ANTHROPIC_BASE_URL')?.value).toBe('http://…@model.test/v1');
  expect(of('MODEL')?.kind).toBe('unset');
  expect(JSON.stringify(settings)).not.toMatch(/hidden|very-secret/);
});

test('no secret is ever a value', () => {
  const variables = Object.fromEntries(Object.keys(VARIABLES.shape).map((name) => [name, 'sesame-sesame']));
  const settings = shownSettings({ variables: variables as never });
  const shown = settings.filter(({ kind }) => kind === 'value').map(({ name }) => name);
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter((name) => (SECRET_VARIABLES as readonly string[]).includes(name))).toEqual([]);
});
