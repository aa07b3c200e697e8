import type { ServicePlan } from './service-plan.ts';

/** How long the host may be silent before systemd takes it for hung; it says that it is well twice as often. */
const WATCHDOG_SECONDS = 180;

/** Work in flight is finished first: longer than the host's own patience. */
const STOP_SECONDS = 45;

/** The unit that keeps the host running. `system` for root's; a user's own otherwise. */
export function systemdUnit(plan: ServicePlan, scope: 'user' | 'system'): string {
  const environment = Object.entries(plan.environment).map(
    ([name, value]) => `Environment=${quoted(`${name}=${value}`)}`,
  );
  return `# Written by "nanoclaw service install", which overwrites it.
[Unit]
Description=NanoClaw, a personal assistant (${specifiers(plan.home)})
After=network-online.target docker.service podman.socket
Wants=network-online.target
# It is started again for ever: a mistake in the settings may be mended at any time.
StartLimitIntervalSec=0

[Service]
# The host says when it is ready, through a child: Node.js has no datagram sockets.
Type=notify
NotifyAccess=all
WatchdogSec=${WATCHDOG_SECONDS}
# At boot it may have to wait for a container engine.
TimeoutStartSec=infinity
TimeoutStopSec=${STOP_SECONDS}
Restart=always
RestartSec=5
# A remote control session outlives a restart of the host; sandboxes end with it by themselves.
KillMode=process
# Limits of bubblewrap sandboxes are control groups below the unit's own.
Delegate=yes
UMask=0077
WorkingDirectory=${specifiers(plan.checkout)}
${environment.join('\n')}
ExecStart=${commandLine(plan.command)}

[Install]
WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}
`;
}

/** systemd.service(5), "COMMAND LINES". The program itself may not hold quotes; env(1) takes any. */
function commandLine(command: readonly [string, ...string[]]): string {
  const [program, ...args] = command;
  const words = args.map((word) => quoted(word.replaceAll('$', '$$$$')));
  if (!/["'\\]/.test(program)) return [`"${specifiers(program)}"`, ...words].join(' ');
  return ['/usr/bin/env', quoted(program.replaceAll('$', '$$$$')), ...words].join(' ');
}

/** systemd.syntax(7), "QUOTING". */
function quoted(text: string): string {
  return `"${specifiers(text).replaceAll(/["\\]/g, '\\$&')}"`;
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
