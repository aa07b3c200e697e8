import { expect, test } from 'vitest';
import { planWorkspace } from './workspace-plan.ts';

const plan = (isMain: boolean) =>
  planWorkspace({
    group: { folder: isMain ? 'main' : 'friends_1', isMain },
    directories: { group: '/h/groups/g', claude: '/h/sessions/g/.claude', mailbox: '/h/ipc/g' },
    globalDirectory: '/h/groups/global',
    gatewaySocket: '/h/gateway.sock',
    skillsDirectory: '/h/skills',
    furtherMounts: isMain ? [{ source: '/p/docs', target: '/workspace/project/docs', mode: 'read-only' }] : [],
    installation: 'nc-1',
    runId: 'run-1',
    user: { uid: 1000, gid: 1000 },
    limits: { memoryBytes: 1, cpus: 1, pids: 64, tmpBytes: 1 },
    timezone: 'Europe/Berlin',
    nowMs: 42,
  });
const mounts = (isMain: boolean): string[] =>
  plan(isMain).mounts.map(({ source, target, mode }) => `${source} ${target} ${mode}`);

test("a group sees its folder, everybody's memory, its session, its mailbox, the gateway and the skills, and nothing else", () => {
  expect(mounts(false)).toEqual([
    '/h/groups/g /workspace/group read-write',
    '/h/groups/global /workspace/global read-only',
    '/h/sessions/g/.claude /home/node/.claude read-write',
    '/h/ipc/g /workspace/ipc read-write',
    '/h/gateway.sock /workspace/gateway.sock read-only',
    '/h/skills /workspace/skills read-only',
  ]);
});

test("main may write everybody's memory, and sees what it is given besides", () => {
  const [group, , ...rest] = mounts(false);

  const project = '/p/docs /workspace/project/docs read-only';
  expect(mounts(true)).toEqual([group, '/h/groups/global /workspace/global read-write', ...rest, project]);
});

test('the environment holds no secret, and the name tells group and time', () => {
  expect(plan(false).environment).toEqual({ TZ: 'Europe/Berlin', HOME: '/home/node', LANG: 'C.UTF-8', USER: 'node' });
  expect(plan(false).name).toBe('nanoclaw-friends-1-42');
});
