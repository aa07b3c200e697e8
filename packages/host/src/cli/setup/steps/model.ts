import type { Config, ModelCredential } from '../../../config/config.ts';
import { type CredentialTrial, tryCredential } from '../../../gateway/try-credential.ts';
import { NanoError } from '../../../kernel/errors.ts';
import { changeSettings, givenSetting } from '../settings.ts';
import type { SetupContext, SetupStep } from '../step.ts';

const SERVICE = 'https://api.anthropic.com';

const KINDS = [
  {
    value: 'api-key',
    variable: 'ANTHROPIC_API_KEY',
    label: 'a key of the Anthropic API',
    hint: 'console.anthropic.com',
  },
  {
    value: 'oauth',
    variable: 'CLAUDE_CODE_OAUTH_TOKEN',
    label: 'a Claude subscription',
    hint: 'a token that claude setup-token prints',
  },
  {
    value: 'auth-token',
    variable: 'ANTHROPIC_AUTH_TOKEN',
    label: 'a service that speaks the Anthropic API',
    hint: 'its address and a bearer token',
  },
] as const;

const PRACTICE = {
  value: 'practice',
  label: 'none yet: the practice model',
  hint: 'everything works but the cleverness',
} as const;

export const modelStep: SetupStep = {
  name: 'model',
  title: 'Model',
  async look({ deps, signal }) {
    const config = deps.config();
    const { credential } = config;
    if (credential.scheme === 'none') return undefined;
    if (credential.scheme === 'onecli') return `OneCLI at ${credential.url}`;
    const trial = await tryCredential(asked(config, credential), signal);
    return trial.kind === 'accepted' ? `${credential.variable} is accepted` : undefined;
  },
  async act(context) {
    const { deps, ask } = context;
    const given = KINDS.find(({ variable }) => givenSetting(deps, variable) !== undefined);
    const choices = [...KINDS, PRACTICE];
    const message = 'What does the assistant think with?';
    const initial = given?.value ?? (ask.canAskAgain ? KINDS[0].value : PRACTICE.value);
    const chosen = await ask.choose({ name: 'MODEL_ACCESS', message, choices, initial });
    const kind = KINDS.find(({ value }) => value === chosen);
    if (kind === undefined) {
      changeSettings(deps, Object.fromEntries(KINDS.map(({ variable }) => [variable, undefined])));
      return 'the practice model, until you run nanoclaw setup model';
    }
    return askCredential(context, kind);
  },
};

/** Until the service takes it. */
async function askCredential({ deps, ask, signal }: SetupContext, kind: (typeof KINDS)[number]): Promise<string> {
  for (;;) {
    const base = kind.value === 'auth-token' ? await askAddress(ask, deps.config()) : undefined;
    const name = kind.variable;
    const secret = await ask.text({ name, message: `${kind.label}: ${kind.hint}`, isSecret: true, problemWith });
    const credential = { scheme: kind.value, secret, variable: name } as ModelCredential;
    const target = { ...asked(deps.config(), credential), ...(base !== undefined && { base }) };
    const trial = await tryCredential(target, signal);
    if (trial.kind === 'accepted') {
      const others = KINDS.filter(({ variable }) => variable !== name).map(({ variable }) => [variable, undefined]);
      const address = base === undefined ? {} : { ANTHROPIC_BASE_URL: base };
      changeSettings(deps, { ...Object.fromEntries(others), ...address, [name]: secret });
      return `${name} is accepted`;
    }
    const why = problemOf(trial, name);
    if (!ask.canAskAgain) throw new NanoError('config-invalid', why);
    ask.say('warning', `${why}. Try again, or ^C.`);
  }
}

function askAddress(ask: SetupContext['ask'], { variables }: Config): Promise<string> {
  const initial = variables.ANTHROPIC_BASE_URL ?? '';
  const isAddress = (text: string) => (/^https?:\/\/\S+$/.test(text) ? undefined : 'an http:// or https:// address');
  return ask.text({ name: 'ANTHROPIC_BASE_URL', message: 'Where is it?', initial, problemWith: isAddress });
}

function problemWith(value: string): string | undefined {
  return /^[\x21-\x7e]{8,}$/.test(value) ? undefined : 'at least 8 characters without spaces';
}

function asked({ variables }: Config, credential: ModelCredential) {
  return { credential, base: variables.ANTHROPIC_BASE_URL ?? SERVICE, model: variables.MODEL };
}

function problemOf(trial: Exclude<CredentialTrial, { kind: 'accepted' }>, variable: string): string {
  if (trial.kind === 'refused') return `${variable} is not accepted by the model service (status ${trial.status})`;
  return trial.kind === 'unclear'
    ? `the model service cannot tell about ${variable}: ${trial.why}`
    : `the model service cannot be reached: ${trial.why}`;
}
