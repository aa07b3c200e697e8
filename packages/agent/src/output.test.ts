import { PassThrough } from 'node:stream';
import { createFrameReader, type Frame, type OutputBlock } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { createOutput } from './output.ts';

const NONCE = 'n'.repeat(16);
const aBlock = (result: string): OutputBlock => ({ status: 'success', result });
const aPartial = (partial: string): OutputBlock => ({ status: 'success', result: null, partial });

function readFrames(stream: PassThrough): Frame[] {
  const reader = createFrameReader({ maxLineBytes: 1_000_000, nonce: NONCE });
  return reader.push(stream.read() ?? Buffer.alloc(0));
}

test('a block is framed and carries the nonce of the run', () => {
  const stream = new PassThrough();

  createOutput(stream, NONCE).emit(aBlock('hi'));

  expect(readFrames(stream)).toEqual([{ kind: 'block', block: { ...aBlock('hi'), nonce: NONCE } }]);
});

test('while the host is behind, previews are dropped and results are not', () => {
  const stream = new PassThrough({ highWaterMark: 16 });
  const output = createOutput(stream, NONCE);
  const emitAll = () => {
    output.emit(aBlock('first'));
    output.emit(aPartial('dropped'));
    output.emit(aBlock('second'));
  };

  emitAll();

  const results = readFrames(stream).map((frame) => frame.kind === 'block' && frame.block.result);
  expect(results).toEqual(['first', 'second']);
});

test('previews go out again once the host has caught up', async () => {
  const stream = new PassThrough({ highWaterMark: 16 });
  const output = createOutput(stream, NONCE);
  output.emit(aBlock('first'));
  const drained = new Promise((resolve) => stream.once('drain', resolve));
  readFrames(stream);
  await drained;

  output.emit(aPartial('shown'));

  expect(readFrames(stream)).toMatchObject([{ block: { partial: 'shown' } }]);
});

test('a host that has gone is noticed, and flushing does not wait for it', async () => {
  const stream = new PassThrough();
  const output = createOutput(stream, NONCE);

  stream.destroy(new Error('EPIPE'));
  await new Promise((resolve) => output.broken.addEventListener('abort', resolve));

  expect(() => output.emit(aBlock('nobody hears this'))).not.toThrow();
  await output.flush();
});
