import { join } from 'node:path';
import { goldenMarkdown } from '@nanoclaw/testkit';
import { splitText } from '../split-text.ts';
import { MAX_DISCORD_CHARS } from './discord-channel.ts';
import { formatDiscord } from './format.ts';

goldenMarkdown({
  directory: join(import.meta.dirname, 'golden'),
  render: (markdown) => splitText(formatDiscord(markdown), MAX_DISCORD_CHARS),
});
