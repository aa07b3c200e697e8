import { join } from 'node:path';
import { goldenMarkdown } from '@nanoclaw/testkit';
import { splitText } from '../split-text.ts';
import { formatTelegram } from './format.ts';
import { MAX_TELEGRAM_CHARS } from './telegram-channel.ts';

goldenMarkdown({
  directory: join(import.meta.dirname, 'golden'),
  render: (markdown) => splitText(markdown, MAX_TELEGRAM_CHARS).map((part) => formatTelegram(part) ?? part),
});
