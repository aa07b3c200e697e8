import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createScreen } from '../../../../test/cli/screen.ts';
import { createLiveArea, layoutLive } from './live-area.ts';

const SIZE = { columns: 20, rows: 10 };

/** A live area on a screen. */
function anArea(size = SIZE) {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, ...size });
  const screen = createScreen(size);
  let last = '';
  stdout.setEncoding('utf8').on('data', (text: string) => {
    last = text;
    screen.write(text);
  });
  const area = createLiveArea(stdout as unknown as NodeJS.WriteStream);
  const draw = (view: { status?: string; text?: string; cursor?: number }, above?: string): void => {
    const { status = '', text = '', cursor = text.length } = view;
    area.draw({ status, prompt: 'you> ', edited: { text, cursor } }, above);
  };
  return { area, draw, screen, stdout, last: () => last };
}

test('the view is redrawn in place, and what is printed for good stays above it', () => {
  const { draw, screen } = anArea();

  draw({ status: 'Andy: Hel', text: 'n' });
  draw({ status: 'Andy: Hello there, how are you doing?', text: 'ne' });
  draw({ text: 'next' }, 'Andy: Hello there, how are you doing today?');

  expect(screen.lines()).toEqual(['Andy: Hello there, h', 'ow are you doing tod', 'ay?', 'you> next']);
  expect(screen.cursor()).toEqual({ row: 3, column: 9 });
});

test('wide characters and wrapped input neither leave remains nor eat lines', () => {
  const { draw, screen } = anArea();

  draw({}, 'kept');
  for (let length = 0; length <= 30; length++) draw({ status: '日本語'.repeat(length), text: '漢字a'.repeat(length) });
  draw({ status: '', text: 'x' });

  expect(screen.lines()).toEqual(['kept', 'you> x']);
});

test('the cursor is where the text is edited, also in a wrapped line', () => {
  const { draw, screen } = anArea();
  const text = 'abcdefghijklmnopqrstuvwxyz';

  draw({ text, cursor: 2 });
  expect(screen.cursor()).toEqual({ row: 0, column: 7 });
  draw({ text, cursor: 20 });
  expect(screen.cursor()).toEqual({ row: 1, column: 6 });
  draw({ text: 'x' });
  expect(screen.lines()).toEqual(['you> x']);
});

test('a long answer shows its last lines, a long input the lines around the cursor, and all fits the screen', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');
  for (const cursor of [0, 300, lines.length]) {
    const layout = layoutLive({ status: lines, prompt: '> ', edited: { text: lines, cursor } }, SIZE);
    expect(layout.lines.length).toBeLessThan(SIZE.rows);
    expect(layout.lines[layout.statusLines - 1]).toBe('line 99');
    expect(layout.cursorRow).toBeLessThan(layout.lines.length);
    expect(layout.cursorRow).toBeGreaterThanOrEqual(layout.statusLines);
  }
});

test('a tiny terminal is no reason to fail', () => {
  const layout = layoutLive(
    { status: 'x', prompt: '> ', edited: { text: '日本', cursor: 2 } },
    { columns: 1, rows: 1 },
  );
  expect(layout.lines).toHaveLength(1);
});

test('after the terminal became narrower as many rows are erased as the old lines take now', () => {
  const { draw, stdout, last } = anArea({ columns: 80, rows: 24 });
  draw({ status: 'x'.repeat(50) });
  Object.assign(stdout, { columns: 20 });

  draw({});

  expect(last().startsWith('\u001b[3A\r\u001b[J')).toBe(true);
});

test('texts from outside cannot send escape sequences', () => {
  const { draw, screen } = anArea();

  draw({ status: '\u001b[2J\u0007', text: '' }, 'evil \u001b]0;x\u0007');

  expect(screen.foreign).toEqual([]);
  expect(screen.text()).toContain('evil ␛]0;x␇');
});

test('clearing removes the view and nothing else', () => {
  const { area, draw, screen } = anArea();
  draw({ status: 'typing', text: 'abc' }, 'kept');

  area.clear();

  expect(screen.text()).toBe('kept');
});
