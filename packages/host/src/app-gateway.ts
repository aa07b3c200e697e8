import { rmSync } from 'node:fs';
import { egressListFile, openEgressList } from './access/egress-rules-files.ts';
import { openServiceList, servicesFile } from './access/service-rules-files.ts';
import type { Base } from './app-base.ts';
import { modelRoute } from './app-settings.ts';
import { hostSpending } from './app-spending.ts';
import type { Approvals } from './flows/approvals.ts';
import { createEgress } from './flows/egress.ts';
import type { HostStatus } from './flows/host-status.ts';
import { createMetering } from './flows/metering.ts';
import type { DialDeps } from './gateway/dial.ts';
import { startGateway } from './gateway/gateway-server.ts';
import type { ModelWatch } from './gateway/model-meter.ts';
import { createRunTokens, type RunTokens } from './gateway/run-tokens.ts';
import { systemClock } from './kernel/clock.ts';
import { createSignal, type Signal } from './kernel/signals.ts';
import type { ChatJid } from './messages/message.ts';

/** The sandboxes' way out: to the model service, or the practice model in its place, and to the internet by policy. */
export async function openWayOut(
  base: Base,
  { dial, watch, approvals }: { dial: DialDeps | undefined; watch: ModelWatch; approvals: () => Approvals },
): Promise<{ tokens: RunTokens; model: HostStatus['model']; outgoing: Signal<ChatJid> }> {
  const { config, paths, stores, lifecycle, log } = base;
  const { upstream, described } = modelRoute(config, paths);
  const tokens = createRunTokens();
  if (upstream.kind === 'socket') {
    // A host that was killed leaves its socket file behind; the lock says that nobody listens there.
    rmSync(upstream.path, { force: true });
    // Only who has no key needs it in memory.
    const { createPracticeModel, listenPracticeModel } = await import('@nanoclaw/model-practice');
    const model = await listenPracticeModel({ socketPath: upstream.path }, createPracticeModel());
    lifecycle.started('practice-model', () => model.close());
  }
  const { now } = systemClock;
  const list = openEgressList(egressListFile(config.configHome));
  const waitMs = config.variables.APPROVAL_WAIT;
  const services = openServiceList(servicesFile(config.configHome));
  const egress = createEgress({ ...stores, list, services, approvals, waitMs, dial, now, log });
  const { credential } = config;
  const outgoing = createSignal<ChatJid>();
  const spending = hostSpending(base, { onOutgoing: outgoing.emit, now });
  const gateway = await startGateway({
    socketPath: paths.gatewaySocket,
    upstream,
    credential,
    tokens,
    metering: createMetering({ ...stores, spending, log }),
    watch,
    egress,
    now,
    log,
  });
  lifecycle.started('gateway', gateway.stop);
  return { tokens, model: described, outgoing };
}
