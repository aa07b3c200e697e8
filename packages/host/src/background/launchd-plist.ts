import type { ServicePlan } from './service-plan.ts';

/** What launchd knows the service by; the first is v1's. */
export function launchdLabel(name: string): string {
  return name === 'nanoclaw' ? 'com.nanoclaw' : `com.nanoclaw.${name}`;
}

/** The property list that keeps the host running (launchd.plist(5)); it has neither watchdog nor notification. */
export function launchdPlist(plan: ServicePlan): string {
  const output = string(plan.outputFile);
  const entries: readonly (readonly [string, string])[] = [
    ['Label', string(launchdLabel(plan.name))],
    ['ProgramArguments', `<array>\n${plan.command.map((word) => `    ${string(word)}`).join('\n')}\n  </array>`],
    ['WorkingDirectory', string(plan.checkout)],
    ['EnvironmentVariables', dictionary(plan.environment)],
    ['RunAtLoad', '<true/>'],
    ['KeepAlive', '<true/>'],
    ['ThrottleInterval', '<integer>5</integer>'],
    ['ExitTimeOut', '<integer>45</integer>'],
    // Octal 077 as the number it is: nobody else reads what the host writes.
    ['Umask', '<integer>63</integer>'],
    ['StandardOutPath', output],
    ['StandardErrorPath', output],
  ];
  const lines = entries.map(([key, value]) => `  <key>${key}</key>\n  ${value}`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
${lines.join('\n')}
</dict>
</plist>
`;
}

function dictionary(record: Readonly<Record<string, string>>): string {
  const lines = Object.entries(record).map(([key, value]) => `    <key>${escaped(key)}</key>\n    ${string(value)}`);
  return `<dict>\n${lines.join('\n')}\n  </dict>`;
}

function string(text: string): string {
  return `<string>${escaped(text)}</string>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
