import { expect } from 'vitest';
import { type ProbeSession, withFreeProbe } from '../probe-session.ts';
import type { CheckContext } from '../sandbox-conformance.ts';

/** Numbers on x86-64 and on 64-bit ARM, and arguments that change nothing even where the call is allowed. */
type Call = { x64: number; arm64: number; args: readonly (number | string)[] };

const CLONE_NEWUSER = 0x10000000;
/** Not allowed together with CLONE_NEWUSER: whoever is let through to the kernel gets EINVAL and no new process. */
const CLONE_FS = 0x200;

const REFUSED: Readonly<Record<string, Call>> = {
  unshare: { x64: 272, arm64: 97, args: [CLONE_NEWUSER] },
  'clone with a new namespace': { x64: 56, arm64: 220, args: [CLONE_NEWUSER | CLONE_FS, 0, 0, 0, 0] },
  clone3: { x64: 435, arm64: 435, args: [0, 0] },
  setns: { x64: 308, arm64: 268, args: [-1, 0] },
  mount: { x64: 165, arm64: 40, args: [0, 0, 0, 0, 0] },
  fsopen: { x64: 430, arm64: 430, args: [0, 0] },
  open_tree: { x64: 428, arm64: 428, args: [-1, 0, 0] },
  pivot_root: { x64: 155, arm64: 41, args: [0, 0] },
  bpf: { x64: 321, arm64: 280, args: [0xffff, 0, 0] },
  perf_event_open: { x64: 298, arm64: 241, args: [0, 0, -1, -1, 0] },
  ptrace: { x64: 101, arm64: 117, args: [0, 0, 0, 0] },
  process_vm_readv: { x64: 310, arm64: 270, args: [0, 0, 0, 0, 0, -1] },
  keyctl: { x64: 250, arm64: 219, args: [9999, 0, 0, 0, 0] },
  add_key: { x64: 248, arm64: 217, args: [0, 0, 0, 0, 0] },
  userfaultfd: { x64: 323, arm64: 282, args: [-1] },
  io_uring_setup: { x64: 425, arm64: 425, args: [0, 0] },
  open_by_handle_at: { x64: 304, arm64: 265, args: [-1, 0, 0] },
  kexec_load: { x64: 246, arm64: 104, args: [0, 0, 0, 0x0ffff] },
  init_module: { x64: 175, arm64: 105, args: [0, 0, 0] },
  reboot: { x64: 169, arm64: 142, args: [0, 0, 0, 0] },
  swapon: { x64: 167, arm64: 224, args: [0, -1] },
  clock_settime: { x64: 227, arm64: 112, args: [-1, 0] },
  'socket of the vsock family': { x64: 41, arm64: 198, args: [40, 1, 0] },
};

/** EPERM, EACCES, ENOSYS, EAFNOSUPPORT: what a refusal looks like, in contrast to EINVAL, EFAULT or success. */
const REFUSALS = [1, 13, 38, 97];

/** Nothing reaches the parts of the kernel that no agent needs. */
export function systemCallChecks({ check }: CheckContext): void {
  for (const [name, call] of Object.entries(REFUSED)) {
    check(`the system call ${name} is refused`, async (bench, context) => {
      const { probe } = bench.start();
      if (!(await canCall(probe))) return context.skip('there is no Perl in this sandbox to make system calls with');

      const answer = await callIt(probe, call);

      expect(answer.result).toBe(-1);
      expect(REFUSALS).toContain(answer.errno);
    });
  }

  check('most of the refused system calls do something outside of the sandbox', async (_bench, context) => {
    await withFreeProbe(async (free) => {
      if (!(await canCall(free))) return context.skip('there is no Perl on this machine to make system calls with');
      const answers: number[] = [];
      for (const call of Object.values(REFUSED)) answers.push((await callIt(free, call)).errno);

      // An unprivileged host is refused some of them by the kernel; the filter is shown by those it is not refused.
      expect(answers.filter((errno) => !REFUSALS.includes(errno)).length).toBeGreaterThan(answers.length / 3);
    });
  });

  check('ordinary sockets and threads are allowed', async (bench, context) => {
    const { probe } = bench.start();
    if (!(await canCall(probe))) return context.skip('there is no Perl in this sandbox to make system calls with');

    for (const [family, type] of [
      [1, 1],
      [2, 1],
      [10, 1],
      [16, 3],
    ] as const) {
      const socket = { x64: 41, arm64: 198, args: [family, type, 0] };
      expect((await callIt(probe, socket)).result, `family ${family}`).toBeGreaterThan(2);
    }
  });
}

async function canCall(probe: ProbeSession): Promise<boolean> {
  return (await probe.ask('run', { argv: ['perl', '-e', '1'] })).ok;
}

function callIt(probe: ProbeSession, call: Call): Promise<{ result: number; errno: number }> {
  const number = process.arch === 'arm64' ? call.arm64 : call.x64;
  return probe.value('syscall', { number, args: call.args });
}
