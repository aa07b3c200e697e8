import { createManualClock } from '@nanoclaw/testkit';
import { expect, test } from 'vitest';
import { chooseDriver, MAX_LOOK_PAUSE_MS, waitForDriver } from './choose-driver.ts';
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

const starting: Availability = { ok: false, reason: 'it does not answer', remedy: 'systemctl start it', mayPass: true };

test('an engine that does not answer yet is waited for, and that is said once', async () => {
  const clock = createManualClock();
  const lines: string[] = [];
  let state: Availability = starting;
  let looks = 0;
  const available = async (): Promise<Availability> => {
    looks++;
    return state;
  };
  const docker = { ...aDriver('docker', starting), available };
  const waiting = waitForDriver('docker', [docker], { clock, random: () => 0.5, report: (line) => lines.push(line) });
  await clock.advance(10 * 60_000);
  expect(lines).toEqual([expect.stringMatching(/^waiting for the sandbox: .*does not answer.*run systemctl start it/)]);
  expect(looks).toBeGreaterThan(10);

  state = usable;
  await clock.advance(MAX_LOOK_PAUSE_MS);
  expect((await waiting).driver.kind).toBe('docker');
});

test('who is asked to stop while it waits says what it has waited for', async () => {
  const clock = createManualClock();
  const stopping = new AbortController();
  const nature = { clock, random: () => 0.5, report: () => undefined, signal: stopping.signal };
  const waiting = waitForDriver('docker', [aDriver('docker', starting)], nature);
  const ended = expect(waiting).rejects.toThrow('it does not answer');
  await clock.advance(MAX_LOOK_PAUSE_MS);
  stopping.abort();

  await ended;
});

test('what is not installed is not waited for', async () => {
  const nature = { clock: createManualClock(), random: () => 0.5, report: () => undefined };

  await expect(waitForDriver('docker', [aDriver('docker', missing)], nature)).rejects.toThrow('not installed');
});

test('while an engine starts, bubblewrap is taken where nothing else was asked for', async () => {
  const nature = { clock: createManualClock(), random: () => 0.5, report: () => undefined };
  const drivers = [aDriver('docker', starting), aDriver('bubblewrap', usable)];

  expect((await waitForDriver('auto', drivers, nature)).driver.kind).toBe('bubblewrap');
});
