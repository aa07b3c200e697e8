/*
 * A process with the message path and nothing else: takes so many turns against a sandbox that is a function, and prints
 * its resident memory in kB after the first 500 and at the end. Arguments: turns, path of bare-engine.ts.
 */
import { readFileSync } from 'node:fs';
import { register } from 'tsx/esm/api';

register();
const { groupNumber, messageFor, startBareEngine } = await import('./bare-engine.ts');

const TURNS = Number(process.argv[2]);
const EARLY = 500;
const GROUPS = 20;

const bare = await startBareEngine({
  groups: GROUPS,
  settings: { MAX_CONCURRENT_CONTAINERS: '20' },
  script: async (run) => {
    run.answer('fine', 0);
    for (;;) {
      const input = await run.next();
      if (input.kind === 'close') return;
      run.answer('fine', input.number);
    }
  },
});
const answered = () => bare.stores.turns.counts().done ?? 0;
for (let turn = 0; turn < TURNS; turn++) {
  const jid = groupNumber(turn % GROUPS);
  bare.engine.inbox.receive({ jid, channel: 'bench', isGroup: true }, messageFor(jid, `@Andy turn ${turn}`));
  while (answered() <= turn - GROUPS) await new Promise((resolve) => setImmediate(resolve));
  if (turn === EARLY) report('early');
}
while (answered() < TURNS - GROUPS) await new Promise((resolve) => setTimeout(resolve, 20));
report('end');
await bare.end();
process.exit();

function report(when) {
  globalThis.gc?.();
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  process.stdout.write(`${when} ${kilobytes}\n`);
}
