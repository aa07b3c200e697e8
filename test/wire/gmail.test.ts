import { channelConformance } from '@nanoclaw/testkit';
import { gmailPlatform } from './gmail-platform.ts';

channelConformance({
  name: 'gmail',
  startPlatform: gmailPlatform,
  lacks: {
    'typing is seen': 'mail shows nobody that somebody is writing',
    'a reaction is set on its message': 'mail has no reactions',
    'a button that is pressed is a message of who has pressed it': 'mail has no buttons',
  },
});
