import { channelConformance } from '@nanoclaw/testkit';
import { slackPlatform } from './slack-platform.ts';

channelConformance({
  name: 'slack',
  startPlatform: slackPlatform,
  lacks: { 'without buttons the choices are numbered in the text': 'it has buttons' },
});
