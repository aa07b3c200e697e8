import { MessageRequest } from '@nanoclaw/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStores, type Stores } from '../app-stores.ts';
import { planGroup } from '../groups/group.ts';
import type { ChatJid } from '../messages/message.ts';
import { applyRequest } from './apply-request.ts';
import { createRunVoice } from './run-voice.ts';

const OWN = 'local:mallory';
let stores: Stores;
beforeEach(() => {
  stores = openStores(':memory:');
  for (const name of ['main', 'mallory', 'victim']) {
    const known = { jid: `local:${name}`, name, folder: name, isMain: name === 'main' };
    stores.groups.add(planGroup(known, { trigger: '@Andy', addedAt: '' }));
    stores.messages.ensureChat({ jid: `local:${name}` as ChatJid, name, channel: 'local', isGroup: false });
  }
});
afterEach(() => void stores.database.close());

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', 'x', '<internal>x</internal>', '\u0000', '\ud800'),
);
const chat = fc.oneof(fc.constantFrom(OWN, 'local:main', 'local:victim', 'local:', '__proto__', '*'), text);
/** Documents that are nearly right, and any others. */
const document = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      id: fc.oneof(fc.constantFrom('a', '../a', 'A-1', ''), fc.jsonValue()),
      type: fc.oneof(
        fc.constantFrom('message', 'register_group', 'schedule_task', 'cancel_task', 'refresh_groups'),
        fc.jsonValue(),
      ),
      chatJid: fc.oneof(chat, fc.jsonValue()),
      text: fc.oneof(text, fc.jsonValue()),
      sender: fc.oneof(text, fc.jsonValue()),
      isMain: fc.constant(true),
      folder: fc.constantFrom('main', 'victim'),
    },
    { requiredKeys: [] },
  ),
);

test('no document makes the host fail, reach another chat, or take what the schema refuses (5,000 runs)', () => {
  // A new voice each time: how much one turn may say is another limit.
  const now = (): number => 0;
  const requester = () => ({
    ...{ folder: 'mallory', jid: OWN, isMain: false, turnAtHand: () => undefined },
    voice: createRunVoice({ ...stores, now, earlier: [] }),
  });
  const deps = { ...stores, onOutgoing: () => undefined, now };
  fc.assert(
    fc.property(document, (asked) => {
      const { answer, id } = applyRequest(deps, requester(), asked);
      if (answer.ok) {
        const request = MessageRequest.parse(asked);
        expect(request.chatJid).toBe(OWN);
      } else {
        expect(answer.error.length).toBeGreaterThan(0);
      }
      if (id !== undefined) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]*$/);
    }),
    { numRuns: 5_000 },
  );
  const chats = stores.database.prepare('SELECT DISTINCT chat_jid FROM outbox').pluck().all();
  expect(chats.filter((jid) => jid !== OWN)).toEqual([]);
  expect(stores.groups.list().map(({ folder }) => folder)).toEqual(['main', 'mallory', 'victim']);
});
