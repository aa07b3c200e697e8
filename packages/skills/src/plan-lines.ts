import { showCommand } from './commands.ts';
import type { Plan } from './plan.ts';

/** The whole plan for people: every file, package, setting and command. */
export function planLines(plan: Omit<Plan, 'lines'>): string[] {
  return [
    ...[...plan.changes]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, entry]) => {
        if (entry === undefined) return `remove    ${path}`;
        const isNew = plan.files.get(path)?.base === undefined && plan.files.has(path);
        return `${isNew ? 'add   ' : 'change'}    ${path}${entry.isExecutable ? ' (may be run)' : ''}`;
      }),
    ...featureLines(plan),
    ...(plan.installs ? ['run       npm install --ignore-scripts'] : []),
    ...plan.runs.flatMap(({ commands, test }) => [
      ...commands.map((words) => `run       ${showCommand(words)}`),
      ...(test ? [`test      ${showCommand(test)}`] : []),
    ]),
  ];
}

/** What the skills whose turn it is bring besides files. */
function featureLines({ layers, runs }: Omit<Plan, 'lines'>): string[] {
  return layers.flatMap(({ layer }) => {
    if (layer.kind !== 'skill' || !runs.some(({ skill }) => skill === layer.package.name)) return [];
    if (layer.package.kind === 'container')
      return [`give to   ${layer.groups.length === 0 ? 'the agents of all groups' : layer.groups.join(', ')}`];
    if (layer.package.kind !== 'feature') return [];
    const {
      npm_dependencies: npm,
      env_additions: variables,
      container_packages: packages,
    } = layer.package.manifest.structured;
    return [
      ...Object.entries(npm).map(([name, { version }]) => `npm       ${name} ${version}`),
      ...variables.map(({ name, description }) => `setting   ${name}: ${description}`),
      ...packages.map((name) => `Debian    ${name}, in the image of the sandboxes (npx nanoclaw sandbox build)`),
    ];
  });
}
