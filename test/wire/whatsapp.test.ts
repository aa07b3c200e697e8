import { channelConformance } from '@nanoclaw/testkit';
import { whatsappPlatform } from './whatsapp-platform.ts';

channelConformance({
  name: 'whatsapp',
  startPlatform: whatsappPlatform,
  lacks: {
    'a button that is pressed is a message of who has pressed it': 'devices like this one cannot show buttons',
    'an answer goes to the thread in which the question was':
      'it has no threads; in groups an answer quotes its question',
    'what other bots say in a group is no message': 'it does not tell programs from people',
    'credentials that are not taken are told in one sentence without them, and tried again':
      'a device that it does not know is linked by a phone, not tried again: whatsapp-link.test.ts',
  },
});
