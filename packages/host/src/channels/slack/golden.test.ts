import { join } from 'node:path';
import { goldenMarkdown } from '@nanoclaw/testkit';
import { splitText } from '../split-text.ts';
import { formatSlack } from './format.ts';
import { MAX_SLACK_CHARS } from './slack-channel.ts';

goldenMarkdown({
  directory: join(import.meta.dirname, 'golden'),
  render: (markdown) => splitText(markdown, MAX_SLACK_CHARS).map(formatSlack),
});
