import { join } from 'node:path';
import { credentialExpiry } from '../../gateway/credential-expiry.ts';
import type { CredentialTrial } from '../../gateway/try-credential.ts';
import { type Check, type Finding, note, ok, problem, skipped } from '../check.ts';
import { firstSeen, textOf } from '../home-look-files.ts';

const DAY_MS = 86_400_000;

/** From here on the end of a credential is told, and from there on it is a problem, in milliseconds before. */
const TELL_MS = 30 * DAY_MS;
const WARN_MS = 7 * DAY_MS;

/** Further apart, what is signed or due at a time goes wrong, in milliseconds. */
const MAX_SKEW_MS = 5 * 60_000;

export const modelCheck: Check = {
  name: 'model',
  async runWith(config, scene) {
    const { credential } = config;
    if (credential.scheme === 'none') return note('no key is set: the practice model answers', 'run nanoclaw setup');
    if (scene.isOffline) return skipped('not asked: --offline');
    if (credential.scheme === 'onecli') return skipped('OneCLI keeps the credential: see its own page');
    const trial = await scene.tryModel(config);
    return [...accepted(trial, credential.variable), ...clock(trial, scene.now())];
  },
};

function accepted(trial: CredentialTrial, variable: string): Finding[] {
  switch (trial.kind) {
    case 'accepted':
      return ok(`${variable} is accepted`);
    case 'refused':
      return problem(
        `${variable} is not accepted by the model service (status ${trial.status})`,
        `put a new one into .env, or run nanoclaw setup`,
      );
    case 'unclear':
      return problem(
        `the model service cannot tell about ${variable}: ${trial.why}`,
        'look at ANTHROPIC_BASE_URL, or later',
      );
    case 'unreachable':
      return problem(`the model service cannot be reached: ${trial.why}`, 'look at the network and ANTHROPIC_BASE_URL');
  }
}

function clock(trial: CredentialTrial, now: number): Finding[] {
  if (!('serverTime' in trial) || trial.serverTime === undefined) return [];
  const skew = now - trial.serverTime;
  if (Math.abs(skew) <= MAX_SKEW_MS) return [];
  const found = `the clock of this machine is ${Math.round(Math.abs(skew) / 60_000)} minutes ${skew > 0 ? 'fast' : 'slow'}`;
  return problem(found, 'set it: timedatectl set-ntp true');
}

export const expiryCheck: Check = {
  name: 'credential expiry',
  runWith({ credential }, { paths, claudeLoginFile, now }) {
    if (!('secret' in credential)) return skipped('no credential is here');
    const seen = firstSeen(join(paths.home, 'data', 'credential-since'), credential.secret, now());
    const expiry = credentialExpiry(credential.secret, { claudeLogin: textOf(claudeLoginFile), firstSeen: seen });
    if (expiry === undefined) return ok(`${credential.variable} has no known end`);
    const left = expiry.at - now();
    const day = new Date(expiry.at).toISOString().slice(0, 10);
    const found = `${credential.variable} ${left > 0 ? 'ends' : 'has ended'} on ${day}: ${expiry.why}`;
    const fix = 'make a lasting one with claude setup-token, and put it into .env';
    if (left > TELL_MS) return ok(found);
    return left > WARN_MS ? note(found, fix) : problem(found, fix);
  },
};
