import { expect, test } from 'vitest';
import { billOf } from './request-bill.ts';

const text = (content: string) => ({ type: 'text', text: content });

test('a request is taken apart by where its bytes come from, and nothing is counted twice', () => {
  const request = {
    model: 'm',
    system: [text('be kind')],
    tools: [{ name: 'Bash', input_schema: {} }],
    messages: [
      { role: 'user', content: [text('<system-reminder>memory</system-reminder>'), text('hello')] },
      {
        role: 'assistant',
        content: [text('hi'), { type: 'tool_use', id: 'a', name: 'Bash', input: { command: 'ls' } }],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x'.repeat(1_000) }] },
      { role: 'user', content: [{ type: 'image', source: {} }] },
      { role: 'user', content: 'go on' },
    ],
  };
  const body = Buffer.from(JSON.stringify(request));
  const bill = billOf(body);

  expect(bill).toMatchObject({
    system: JSON.stringify(request.system).length,
    tools: JSON.stringify(request.tools).length,
    reminders: JSON.stringify(text('<system-reminder>memory</system-reminder>')).length,
    prompts: JSON.stringify(text('hello')).length + JSON.stringify(text('go on')).length,
    answers: JSON.stringify(text('hi')).length,
    images: JSON.stringify({ type: 'image', source: {} }).length,
  });
  expect(bill?.toolResults).toBeGreaterThan(1_000);
  expect(Object.values(bill ?? {}).reduce((sum, bytes) => sum + bytes, 0)).toBe(body.length);
});

test.each(['', '{', '[]', '{"messages": 7}', '"x"'])('%j is no request', (body) => {
  expect(billOf(Buffer.from(body))).toBeUndefined();
});
