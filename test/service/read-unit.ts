/** What systemd makes of a unit of ours: the words of its command line, and the environment it sets. */
export function readUnit(unit: string): { command: string[]; environment: Record<string, string> } {
  const line = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
  const [program = '', ...words] = splitWords(line);
  // Variables are not replaced in the program's own name (systemd.service(5)).
  const args = words.map((word) => word.replaceAll('$$', '$'));
  const pairs = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap((match) => splitWords(match[1]!));
  const environment = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  return { command: program === '/usr/bin/env' ? args : [program, ...args], environment };
}

/** systemd.syntax(7), "QUOTING"; specifiers are replaced after that. */
function splitWords(line: string): string[] {
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)];
  return words.map(([, quoted, bare]) => (quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '').replaceAll('%%', '%'));
}
