import type { ChannelSetup, SetupField, SetupVerdict } from '../../../channels/channel-setup.ts';
import { NanoError } from '../../../kernel/errors.ts';
import { changeSettings, givenSetting } from '../settings.ts';
import type { SetupContext, SetupStep } from '../step.ts';

const NONE = { value: 'none', label: 'none yet: the terminal and the web page are enough' } as const;

/** How long a platform may take to answer, in milliseconds. */
const LIMIT_MS = 60_000;

export const channelStep: SetupStep = {
  name: 'channel',
  title: 'Chat app',
  async look({ deps, channel, signal }) {
    const connected = await deps.channels.set(deps.config());
    const wanted = channel === undefined ? connected : connected.filter(({ setup }) => setup.name === channel);
    const first = wanted[0];
    if (first === undefined) return undefined;
    const verdict = await first.setup.verify(first.values, signal);
    return verdict.ok ? `${first.setup.title}: ${verdict.detail}` : undefined;
  },
  async act(context) {
    const { deps, ask, channel } = context;
    const setups = await Promise.all(deps.channels.names.map((name) => deps.channels.setup(name)));
    const known = setups.filter((setup) => setup !== undefined);
    const given = known.find((setup) => isGiven(context, setup))?.name;
    const initial = channel ?? given ?? (ask.canAskAgain ? known[0]?.name : undefined) ?? NONE.value;
    const choices = [...known.map(({ name, title }) => ({ value: name, label: title })), NONE];
    const message = 'In which app do you want to talk with it first?';
    const chosen = channel ?? (await ask.choose({ name: 'CHANNEL', message, choices, initial }));
    const setup = known.find(({ name }) => name === chosen);
    return setup === undefined ? undefined : connect(context, setup);
  },
};

function isGiven({ deps }: SetupContext, { fields }: ChannelSetup): boolean {
  return fields.every(({ variable, isOptional }) => isOptional || givenSetting(deps, variable) !== undefined);
}

/** Asks until the platform takes the values. */
async function connect(context: SetupContext, setup: ChannelSetup): Promise<string> {
  const { deps, ask, signal } = context;
  setup.steps.forEach((step, index) => {
    ask.say('info', `${index + 1}. ${step}`);
  });
  for (;;) {
    const values: Record<string, string> = {};
    for (const field of setup.fields) {
      const value = await askField(context, field);
      if (value !== '') values[field.variable] = value;
    }
    ask.say('info', `asking ${setup.title}`);
    const verdict: SetupVerdict = await setup.verify(values, AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]));
    if (verdict.ok) {
      changeSettings(deps, values);
      return `${setup.title}: ${verdict.detail}`;
    }
    if (!ask.canAskAgain) throw new NanoError('config-invalid', `${setup.title}: ${verdict.problem}`);
    ask.say('warning', `${verdict.problem}. Try again, or ^C.`);
  }
}

function askField({ deps, ask }: SetupContext, field: SetupField): Promise<string> {
  const { variable, label, hint, isSecret, isOptional } = field;
  const initial = isSecret ? undefined : givenSetting(deps, variable);
  return ask.text({
    name: variable,
    message: `${label}${isOptional ? ' (may be empty)' : ''}: ${hint}`,
    isSecret,
    ...(isOptional && { isOptional }),
    ...(initial !== undefined && { initial }),
    problemWith: (value) => field.problemWith?.(value),
  });
}
