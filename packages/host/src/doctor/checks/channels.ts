import { type Check, type Finding, note, ok, problem, skipped } from '../check.ts';

/** How long a platform may take to answer, in milliseconds. */
const LIMIT_MS = 30_000;

export const credentialsCheck: Check = {
  name: 'channel credentials',
  async runWith(config, scene) {
    const channels = await scene.channels(config);
    if (channels.length === 0) return note('no chat app is connected', 'run nanoclaw setup');
    if (scene.isOffline) return skipped('not asked: --offline');
    const findings: Finding[] = [];
    for (const { setup, values } of channels) {
      const verdict = await setup.verify(values, AbortSignal.timeout(LIMIT_MS));
      const { name, title } = setup;
      if (verdict.ok) findings.push(...ok(`${name}: ${verdict.detail}`));
      else findings.push(...problem(`${title}: ${verdict.problem}`, `nanoclaw setup ${name}`));
    }
    return findings;
  },
};

export const channelsCheck: Check = {
  name: 'channels',
  run({ host }) {
    if (host === undefined) return skipped('no host runs');
    const down = host.channels.flatMap((channel): Finding[] => {
      const { name, isConnected, problem: why, lastError } = channel;
      if (!isConnected)
        return problem(
          `${name} is not connected${why ? `: ${why}` : ''}`,
          `nanoclaw setup ${name}, or look at the network`,
        );
      if (!lastError) return [];
      return note(`${name}: last error at ${lastError.at}: ${lastError.reason}`, 'nanoclaw logs tells more');
    });
    return down.length > 0 ? down : ok(host.channels.map(({ name }) => name).join(', '));
  },
};
