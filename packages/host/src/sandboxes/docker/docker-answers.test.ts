import { describe, expect, it } from 'vitest';
import { type EngineAnswer, reasonIn } from '../engine/engine-client.ts';
import { imageOrigin, imageState } from '../engine/engine-image.ts';
import { SHARED_VERBS } from '../engine/engine-verbs.ts';
import { availabilityOf } from './docker-availability.ts';
import { listArguments, parseList } from './docker-list.ts';

const origin = (answer: EngineAnswer) => imageOrigin(SHARED_VERBS, answer, 'i');
const done = (value: unknown): EngineAnswer => ({ kind: 'done', stdout: JSON.stringify(value) });
const ENGINE = { ServerVersion: '28.1', OSType: 'linux', OperatingSystem: 'Debian', SecurityOptions: ['name=seccomp'] };

describe('whether docker can be used', () => {
  it('is yes when a Linux engine answers', () => {
    expect(availabilityOf(done(ENGINE))).toEqual({ ok: true, detail: 'Docker 28.1 on Debian' });
  });

  it.each<[string, EngineAnswer, string]>([
    ['there is no client', { kind: 'missing' }, 'sudo apt-get install -y docker.io'],
    ['the engine hangs', { kind: 'timed-out' }, 'sudo systemctl restart docker'],
    [
      'a new client gets no answer',
      { kind: 'refused', code: 1, stderr: 'Cannot connect' },
      'sudo systemctl start docker',
    ],
    ['an old client gets no answer', done({ ServerErrors: ['Cannot connect'] }), 'sudo systemctl start docker'],
    ['a client fails and says it is done', done({ ServerVersion: '' }), 'sudo systemctl start docker'],
    ['something else is called docker', { kind: 'done', stdout: 'hello' }, 'sudo systemctl start docker'],
    [
      'the socket is not ours',
      { kind: 'refused', code: 1, stderr: 'dial unix: connect: permission denied' },
      'sudo usermod -aG docker "$USER"',
    ],
    ['the engine is rootless', done({ ...ENGINE, SecurityOptions: ['name=rootless'] }), 'docker context use default'],
    ['the engine shifts ids', done({ ...ENGINE, SecurityOptions: ['name=userns'] }), 'docker context use default'],
    ['the engine is for Windows', done({ ...ENGINE, OSType: 'windows' }), 'docker context use default'],
  ])('is no with one command when %s', (_, answer, remedy) => {
    expect(availabilityOf(answer)).toMatchObject({ ok: false, remedy });
  });
});

describe('what is known of an image', () => {
  it('is ours with its build, foreign without our label, or missing', () => {
    expect(origin(done({ Config: { Labels: { 'nanoclaw.build': 'abc' } } }))).toEqual({ kind: 'ours', build: 'abc' });
    expect(origin(done({ Config: { Labels: { maintainer: 'x' } } }))).toEqual({ kind: 'foreign' });
    expect(origin(done({ Config: { Labels: null } }))).toEqual({ kind: 'foreign' });
    expect(origin({ kind: 'refused', code: 1, stderr: '' })).toMatchObject({ kind: 'missing' });
  });

  it('is outdated only when it is ours and of another build', () => {
    expect(imageState({ kind: 'ours', build: 'a' }, 'a')).toEqual({ phase: 'ready' });
    expect(imageState({ kind: 'ours', build: 'a' }, undefined)).toEqual({ phase: 'ready' });
    expect(imageState({ kind: 'foreign' }, 'a')).toEqual({ phase: 'ready' });
    expect(imageState({ kind: 'ours', build: 'a' }, 'b')).toMatchObject({ phase: 'outdated' });
    expect(imageState({ kind: 'missing', reason: 'r' }, 'b')).toMatchObject({ phase: 'missing', reason: 'r' });
  });
});

describe('the list of sandboxes', () => {
  it('asks for this installation alone, ended ones included', () => {
    expect(listArguments('home-1')).toContain('label=nanoclaw.installation=home-1');
    expect(listArguments('home-1')).toContain('--all');
  });

  it('is read with group, run and time', () => {
    const stdout = 'nanoclaw-a-1\tFamily_chat-2\trun-1\t2026-03-05 09:30:00 +0100 CET\nnanoclaw-b-2\tb\trun-2\t?\n';

    expect(parseList(stdout)).toEqual([
      { name: 'nanoclaw-a-1', groupFolder: 'Family_chat-2', runId: 'run-1', startedAtMs: 1_772_699_400_000 },
      { name: 'nanoclaw-b-2', groupFolder: 'b', runId: 'run-2' },
    ]);
    expect(parseList('')).toEqual([]);
  });
});

describe('the reason in what the client prints', () => {
  it.each([
    ["docker: Cannot connect to the engine.\nSee 'docker run --help'.\n", 'Cannot connect to the engine.'],
    ["docker: No such image: x.\n\nRun 'docker run --help' for more information\n", 'No such image: x.'],
    [
      'WARNING: no swap limit\nError response from daemon: invalid mount\n',
      'Error response from daemon: invalid mount',
    ],
    ['something else\n', 'something else'],
    ['', ''],
  ])('of %j is %j', (stderr, reason) => {
    expect(reasonIn(stderr)).toBe(reason);
  });
});
