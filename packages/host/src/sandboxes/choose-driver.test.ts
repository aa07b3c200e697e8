import { expect, test } from 'vitest';
import { chooseDriver } from './choose-driver.ts';
import type { Availability, SandboxDriver } from './sandbox.ts';

const usable: Availability = { ok: true, detail: 'engine 28' };
const missing: Availability = { ok: false, reason: 'not installed', remedy: 'apt-get install -y it' };

function aDriver(kind: SandboxDriver['kind'], state: Availability): SandboxDriver {
  const unused = (): never => {
    throw new Error('choosing a driver starts nothing');
  };
  const rest = { image: unused, commandLine: unused, start: unused, list: unused, stop: unused };
  return { kind, available: async () => state, ...rest };
}

test('an engine that answers is preferred to bubblewrap', async () => {
  const drivers = [aDriver('docker', usable), aDriver('bubblewrap', usable)];

  expect((await chooseDriver('auto', drivers)).driver.kind).toBe('docker');
  expect((await chooseDriver('bubblewrap', drivers)).driver.kind).toBe('bubblewrap');
});

test('bubblewrap is taken where no engine answers', async () => {
  const drivers = [aDriver('docker', missing), aDriver('bubblewrap', usable)];

  expect(await chooseDriver('auto', drivers)).toMatchObject({ driver: { kind: 'bubblewrap' }, why: 'engine 28' });
});

test('a driver that was asked for is not replaced by another', async () => {
  const drivers = [aDriver('docker', missing), aDriver('bubblewrap', usable)];

  await expect(chooseDriver('docker', drivers)).rejects.toThrow('docker: not installed');
});

test('when nothing can be used the error names every reason and one command', async () => {
  const drivers = [aDriver('docker', missing), aDriver('bubblewrap', missing)];

  await expect(chooseDriver('auto', drivers)).rejects.toThrow(
    'no sandbox can be used (docker: not installed; bubblewrap: not installed): run apt-get install -y it',
  );
});
