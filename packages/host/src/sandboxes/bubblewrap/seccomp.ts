import { assert } from '../../kernel/errors.ts';
import { DENIED_CALLS, type SystemCallTable, tableOf } from './system-calls.ts';

/** Errors the filter answers with, by their numbers on Linux. */
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** Answers of a filter to the kernel. */
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const FAIL_WITH = 0x00050000;

/** Opcodes of the classic packet filter. Loads are 32-bit and absolute in `struct seccomp_data`. */
const LOAD = 0x20;
const AND = 0x54;
const RETURN = 0x06;
const IF_EQUAL = 0x15;
const IF_GREATER = 0x25;

const OFFSET_NUMBER = 0;
const OFFSET_ARCHITECTURE = 4;
/** Low half of an argument (both architectures are little-endian); the kernel reads the arguments looked at as 32-bit. */
const offsetOfArgument = (index: number): number => 16 + 8 * index;

/** All `CLONE_NEW*` flags of clone; with any of them it would make a namespace. */
const NEW_NAMESPACE_FLAGS = 0x7e020000;
/** TIOCSTI and TIOCLINUX: type into a terminal on behalf of whoever sits there. */
const TYPING_REQUESTS = [0x5412, 0x541c];
/** AF_UNIX, AF_INET, AF_INET6. Some of the others, AF_VSOCK before all, are not held back by a network namespace. */
const SOCKET_FAMILIES = [1, 2, 10];
const AF_NETLINK = 16;
/** The protocol behind "which interfaces are there"; the other netlink protocols administer the kernel. */
const NETLINK_ROUTE = 0;
/** Values of personality that ask, or choose what every 64-bit program has anyway. */
const PERSONALITIES = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];

/** One instruction; jumps are relative and count the instructions to step over. */
interface Instruction {
  code: number;
  stepIfTrue: number;
  stepIfFalse: number;
  operand: number;
}

/**
 * The system call filter as the bytes that `bwrap --seccomp` reads: what no agent needs is refused with EPERM. Calls
 * newer than the table, and clone3, whose flags a filter cannot see, do not exist (ENOSYS), so that programs fall back
 * to what they did before. A foreign architecture ends the process. Throws for an architecture without a table.
 */
export function seccompProgram(architecture: string): Buffer {
  const table = tableOf(architecture);
  assert(table !== undefined, `there is no system call table for ${architecture}`);
  const { clone, clone3, socket, ioctl, personality } = table.special;
  return encode([
    load(OFFSET_ARCHITECTURE),
    ...unless(table.auditArchitecture, [answer(KILL_PROCESS)]),
    load(OFFSET_NUMBER),
    // The second way into the kernel of x86-64 has numbers of its own, far above all others.
    ...(table.secondAbi === undefined ? [] : when(IF_GREATER, table.secondAbi - 1, [fail(EPERM)])),
    ...when(IF_GREATER, table.highest, [fail(ENOSYS)]),
    ...deniedNumbers(table).flatMap((number) => when(IF_EQUAL, number, [fail(EPERM)])),
    ...when(IF_EQUAL, clone3, [fail(ENOSYS)]),
    ...when(IF_EQUAL, clone, checkClone()),
    ...when(IF_EQUAL, socket, checkSocket()),
    ...when(IF_EQUAL, ioctl, [load(offsetOfArgument(1)), ...refuseAny(TYPING_REQUESTS), answer(ALLOW)]),
    ...when(IF_EQUAL, personality, [load(offsetOfArgument(0)), ...allowAny(PERSONALITIES), fail(EPERM)]),
    answer(ALLOW),
  ]);
}

/** Numbers of the refused calls on one architecture; not every call exists on both. */
export function deniedNumbers(table: SystemCallTable): number[] {
  return DENIED_CALLS.flatMap((name) => table.numbers[name] ?? []);
}

function checkClone(): Instruction[] {
  const keepNamespaceFlags = { code: AND, stepIfTrue: 0, stepIfFalse: 0, operand: NEW_NAMESPACE_FLAGS };
  return [load(offsetOfArgument(0)), keepNamespaceFlags, ...when(IF_GREATER, 0, [fail(EPERM)]), answer(ALLOW)];
}

function checkSocket(): Instruction[] {
  const netlink = [load(offsetOfArgument(2)), ...allowAny([NETLINK_ROUTE]), fail(EAFNOSUPPORT)];
  return [
    load(offsetOfArgument(0)),
    ...allowAny(SOCKET_FAMILIES),
    ...when(IF_EQUAL, AF_NETLINK, netlink),
    fail(EAFNOSUPPORT),
  ];
}

function allowAny(values: readonly number[]): Instruction[] {
  return values.flatMap((value) => when(IF_EQUAL, value, [answer(ALLOW)]));
}

function refuseAny(values: readonly number[]): Instruction[] {
  return values.flatMap((value) => when(IF_EQUAL, value, [fail(EPERM)]));
}

/** Steps over `block` when the condition does not hold. */
function when(code: number, operand: number, block: readonly Instruction[]): Instruction[] {
  assert(block.length < 256, 'a jump reaches over at most 255 instructions');
  return [{ code, stepIfTrue: 0, stepIfFalse: block.length, operand }, ...block];
}

/** Steps over `block` when the value is equal. */
function unless(operand: number, block: readonly Instruction[]): Instruction[] {
  return [{ code: IF_EQUAL, stepIfTrue: block.length, stepIfFalse: 0, operand }, ...block];
}

function load(offset: number): Instruction {
  return { code: LOAD, stepIfTrue: 0, stepIfFalse: 0, operand: offset };
}

function answer(value: number): Instruction {
  return { code: RETURN, stepIfTrue: 0, stepIfFalse: 0, operand: value };
}

function fail(errno: number): Instruction {
  return answer(FAIL_WITH + errno);
}

/** `struct sock_filter`: eight bytes each. */
function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, stepIfTrue, stepIfFalse, operand }, index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(stepIfTrue, index * 8 + 2);
    bytes.writeUInt8(stepIfFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  });
  return bytes;
}
