import { channelConformance } from '@nanoclaw/testkit';
import { discordPlatform } from './discord-platform.ts';

channelConformance({
  name: 'discord',
  startPlatform: discordPlatform,
  lacks: { 'without buttons the choices are numbered in the text': 'it has buttons' },
});
