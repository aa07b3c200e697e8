import { channelConformance } from '@nanoclaw/testkit';
import { telegramPlatform } from './telegram-platform.ts';

channelConformance({
  name: 'telegram',
  startPlatform: telegramPlatform,
  lacks: { 'without buttons the choices are numbered in the text': 'it has buttons' },
});
