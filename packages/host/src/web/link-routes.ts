import { Hono } from 'hono';
import { z } from 'zod';
import type { Channel } from '../channels/channel.ts';
import type { Linking } from '../channels/linking.ts';
import { known } from './known.ts';

const Wish = z.object({
  phoneNumber: z
    .string()
    .regex(/^\d{7,15}$/, 'a phone number with country code, digits only')
    .optional(),
});

/** Linking a channel to a phone: asking for it, and what the phone is to be shown. */
export function linkRoutes(channels: readonly Channel[]): Hono {
  const app = new Hono();
  const find = (name: string) => {
    const channel = channels.find((each) => each.name === name && each.link !== undefined);
    return known(channel, `there is no channel ${name} here that is linked to a phone: is it switched on in .env?`);
  };
  app.get('/:name', async (c) => c.json(await shown(find(c.req.param('name')).linking?.())));
  app.post('/:name', async (c) => {
    const channel = find(c.req.param('name'));
    const { phoneNumber } = Wish.parse(await c.req.json());
    channel.link?.(phoneNumber === undefined ? {} : { phoneNumber });
    return c.json(await shown(channel.linking?.()));
  });
  return app;
}

/** With the QR code drawn, for terminals and for pages. */
async function shown(linking: Linking | undefined) {
  if (linking?.phase !== 'qr') return linking ?? { phase: 'not-linked' };
  const { renderSVG, renderUnicodeCompact } = await import('uqr');
  return { phase: 'qr', text: renderUnicodeCompact(linking.qr), svg: renderSVG(linking.qr) };
}
