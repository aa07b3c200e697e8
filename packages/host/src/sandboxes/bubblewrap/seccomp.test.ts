import { describe, expect, it } from 'vitest';
import { seccompProgram } from './seccomp.ts';
import { DENIED_CALLS, tableOf } from './system-calls.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EAFNOSUPPORT = 0x00050061;

/** A call as the kernel shows it to a filter. */
interface Call {
  number: number;
  architecture?: number;
  args?: readonly number[];
}

/** Runs the program as the kernel would: the answer is what the kernel is told to do. */
function run(program: Buffer, call: Call, architecture: number): number {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, call.number, true);
  view.setUint32(4, call.architecture ?? architecture, true);
  call.args?.forEach((value, index) => {
    view.setBigUint64(16 + 8 * index, BigInt(value), true);
  });
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const operand = program.readUInt32LE(at * 8 + 4);
    const step = (isTrue: boolean): number => program.readUInt8(at * 8 + (isTrue ? 2 : 3));
    if (code === 0x20) accumulator = view.getUint32(operand, true);
    else if (code === 0x54) accumulator = (accumulator & operand) >>> 0;
    else if (code === 0x15) at += step(accumulator === operand);
    else if (code === 0x25) at += step(accumulator > operand);
    else if (code === 0x06) return operand;
    else throw new Error(`instruction ${code} is not one the filter uses`);
  }
  throw new Error('the program ran off its end');
}

describe.each(['x64', 'arm64'])('the system call filter for %s', (architecture) => {
  const table = tableOf(architecture)!;
  const program = seccompProgram(architecture);
  const ask = (call: Call): number => run(program, call, table.auditArchitecture);

  it('refuses every call of the list and finds nearly all of them in the table', () => {
    const numbers = DENIED_CALLS.flatMap((name) => table.numbers[name] ?? []);

    expect(numbers.length).toBeGreaterThan(DENIED_CALLS.length - 12);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(ask({ number })).toBe(EPERM);
  });

  it('lists no name that neither architecture has', () => {
    const known = new Set([...Object.keys(tableOf('x64')!.numbers), ...Object.keys(tableOf('arm64')!.numbers)]);

    expect(DENIED_CALLS.filter((name) => !known.has(name))).toEqual([]);
    expect(Object.keys(table.numbers).filter((name) => !DENIED_CALLS.includes(name))).toEqual([]);
  });

  it('allows everything else up to the highest known number', () => {
    const special = Object.values(table.special);
    const refused = Object.values(table.numbers);
    const ordinary = Array.from({ length: table.highest + 1 }, (_, number) => number).filter(
      (number) => !special.includes(number) && !refused.includes(number),
    );

    expect(ordinary.length).toBeGreaterThan(300);
    for (const number of ordinary) expect(ask({ number })).toBe(ALLOW);
  });

  it('answers that clone3 and calls newer than the table do not exist', () => {
    expect(ask({ number: table.special.clone3 })).toBe(ENOSYS);
    expect(ask({ number: table.highest + 1 })).toBe(ENOSYS);
  });

  it('ends a process that calls by the numbers of another architecture', () => {
    expect(ask({ number: 1, architecture: 0x40000003 })).toBe(KILL);
  });

  it('lets clone make threads and processes but no namespace', () => {
    const clone = (flags: number): number => ask({ number: table.special.clone, args: [flags] });

    expect(clone(0x003d0f00)).toBe(ALLOW);
    expect(clone(17)).toBe(ALLOW);
    for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(clone(flag | 17)).toBe(EPERM);
    }
  });

  it('knows the socket families of programs and no other', () => {
    const socket = (family: number, protocol = 0): number =>
      ask({ number: table.special.socket, args: [family, 1, protocol] });

    for (const family of [1, 2, 10, 16]) expect(socket(family)).toBe(ALLOW);
    for (const family of [0, 3, 17, 29, 38, 40, 44]) expect(socket(family)).toBe(EAFNOSUPPORT);
    for (const protocol of [9, 12, 15]) expect(socket(16, protocol)).toBe(EAFNOSUPPORT);
  });

  it('refuses to type into terminals and allows other requests', () => {
    const ioctl = (request: number): number => ask({ number: table.special.ioctl, args: [1, request] });

    expect(ioctl(0x5412)).toBe(EPERM);
    expect(ioctl(0x541c)).toBe(EPERM);
    // The kernel reads only the low half of a request.
    expect(ioctl(0x1_0000_5412)).toBe(EPERM);
    expect(ioctl(0x5401)).toBe(ALLOW);
  });

  it('refuses personalities that weaken the layout of memory', () => {
    const personality = (value: number): number => ask({ number: table.special.personality, args: [value] });

    expect(personality(0xffffffff)).toBe(ALLOW);
    expect(personality(0x0040000)).toBe(EPERM);
  });
});

describe('the system call filter', () => {
  it('refuses the second set of numbers of x86-64', () => {
    const table = tableOf('x64')!;

    expect(run(seccompProgram('x64'), { number: 0x40000000 + 165 }, table.auditArchitecture)).toBe(EPERM);
    expect(run(seccompProgram('x64'), { number: 0x40000000 }, table.auditArchitecture)).toBe(EPERM);
  });

  it('says which architecture it has no table for', () => {
    expect(() => seccompProgram('riscv64')).toThrow(/riscv64/);
  });
});
