/* npm run bench: prepares the checkout like npm start, then measures the built product. See docs/performance.md. */
import { build, checkNode, installPackages } from './setup/steps.mjs';

const HELP = `npm run bench -- [rows] [options]

Measures the rows (B1 to B14; all without a name) and prints a table of ours beside a floor that was measured
by turns with it. The same as JSON goes to bench/results/latest.json.

  --runs <n>           samples of each side instead of the row's own number
  --driver <name>      docker or bubblewrap; without it, each that can be used
  --idle-seconds <n>   how long B7 looks at the idle host (60)
  --json               print the JSON instead of the table
  --strict             exit with 1 when a row is missed or not measured
  --help               this text

NANOCLAW_TEST_ENGINE names the folder of a private container engine, CONTAINER_IMAGE the image, when the machine's own
are not meant.
`;

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}
checkNode();
installPackages();
build();
// Without the condition that the tests use, the product is what was built: what is measured is what runs.
const { register } = await import('tsx/esm/api');
register();
await import('../bench/run.ts');
// A handle that a row forgot must not keep a finished bench alive.
process.exit();
