import { isTimezone, machineTimezone } from '../../../config/timezone-files.ts';
import { VARIABLES } from '../../../config/variables.ts';
import { changeSettings, givenSetting } from '../settings.ts';
import type { SetupStep } from '../step.ts';

export const nameStep: SetupStep = {
  name: 'name',
  title: 'Name',
  look: async ({ deps }) => givenSetting(deps, 'ASSISTANT_NAME'),
  async act({ deps, ask }) {
    const name = await ask.text({
      name: 'ASSISTANT_NAME',
      message: 'What is the assistant called? With "@" in front it is the word that wakes it in groups.',
      initial: deps.config().variables.ASSISTANT_NAME,
      problemWith: (value) => VARIABLES.shape.ASSISTANT_NAME.safeParse(value).error?.issues[0]?.message,
    });
    changeSettings(deps, { ASSISTANT_NAME: name });
    return name;
  },
};

export const timezoneStep: SetupStep = {
  name: 'timezone',
  title: 'Time zone',
  look: async ({ deps }) => givenSetting(deps, 'TZ'),
  async act({ deps, ask }) {
    const zone = await ask.text({
      name: 'TZ',
      message: 'In which time zone do you live? Tasks and dates go by it.',
      initial: machineTimezone(),
      problemWith: (value) => (isTimezone(value) ? undefined : 'a name such as Europe/Berlin'),
    });
    changeSettings(deps, { TZ: zone });
    return zone;
  },
};
