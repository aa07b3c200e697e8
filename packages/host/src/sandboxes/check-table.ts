import type { CheckFacts, CheckScene } from './check-facts.ts';

/** One line of the table. */
export interface CheckResult {
  readonly id: string;
  readonly what: string;
  readonly ok: boolean;
  /** What was found instead. */
  readonly found?: string;
}

type Outcome = string | number | null | undefined;

/** Devices that every program may have; none leads to hardware. */
const HARMLESS_DEVICE = /^(null|zero|full|random|urandom|tty|console|core|fd|stdin|stdout|stderr|ptmx|pts|shm|mqueue)$/;

/** File systems that the kernel makes, and those of a container's root. */
const OWN_FILE_SYSTEMS = /^(proc|sysfs|tmpfs|devpts|mqueue|devtmpfs|cgroup2?|overlay)$/;

/** Names that engines bind into every container. */
const ENGINE_FILES = /^\/etc\/(hosts|hostname|resolv\.conf)$/;

/** Judges what was found inside a sandbox; what was not tried is not ok. Pure. */
export function judgeSandbox(facts: CheckFacts, scene: CheckScene): CheckResult[] {
  return [
    ...identity(facts, scene),
    ...isolation(facts, scene),
    ...files(facts, scene),
    ...network(facts, scene),
    ...gateway(facts, scene),
    ...limits(facts, scene),
    ...secrets(facts, scene),
  ];
}

function identity({ status }: CheckFacts, { user, writtenBy, hasOwnKernel }: CheckScene): CheckResult[] {
  const words = (name: string): string[] => (status[name] ?? '').split(/\s+/).filter(Boolean);
  const ids = words('Uid');
  const groups = [...words('Gid'), ...words('Groups')];
  const sets = { Inh: 'inheritable', Prm: 'permitted', Eff: 'effective', Bnd: 'in the bounding set', Amb: 'ambient' };
  return [
    result('user', 'what it writes belongs to the sandbox user, as the host sees it', {
      ok: writtenBy?.uid === user.uid && writtenBy.gid === user.gid && user.uid > 0,
      found: `uid ${writtenBy?.uid}, gid ${writtenBy?.gid}`,
    }),
    result('user-ids', 'none of its user ids is root', { ok: ids.length === 4 && !ids.includes('0'), found: ids }),
    result('group-ids', 'none of its groups is root', {
      ok: groups.length >= 4 && !groups.includes('0'),
      found: groups,
    }),
    ...Object.entries(sets).map(([set, name]) =>
      result(`capabilities-${set.toLowerCase()}`, `no capability is ${name}`, {
        ok: /^0+$/.test(status[`Cap${set}`] ?? ''),
        found: status[`Cap${set}`],
      }),
    ),
    result('no-new-privileges', 'no program can gain rights', {
      ok: hasOwnKernel || status['NoNewPrivs'] === '1',
      found: status['NoNewPrivs'],
    }),
    result('system-call-filter', 'system calls are filtered', {
      ok: hasOwnKernel || status['Seccomp'] === '2',
      found: status['Seccomp'],
    }),
  ];
}

function isolation(facts: CheckFacts, scene: CheckScene): CheckResult[] {
  const names = { pid: 'processes', mnt: 'mounts', net: 'networks', ipc: 'shared memory', uts: 'host names' };
  const foreign = facts.devices.filter((name) => !HARMLESS_DEVICE.test(name));
  return [
    ...Object.entries(names).map(([name, what]) =>
      result(`namespace-${name}`, `it has ${what} of its own`, {
        ok: Boolean(facts.namespaces[name]) && facts.namespaces[name] !== scene.namespaces[name],
        found: facts.namespaces[name],
      }),
    ),
    result('devices', 'no device leads to hardware', {
      ok: facts.devices.length > 0 && foreign.length === 0,
      found: foreign,
    }),
    result('terminal', "it has no terminal of the host's", { ok: facts.terminal !== 'done', found: facts.terminal }),
    ...scene.run.map((argv) =>
      refused(`program-${argv.join('-')}`, `"${argv.join(' ')}" fails`, facts.programs[argv.join(' ')], 0),
    ),
  ];
}

function files(facts: CheckFacts, scene: CheckScene): CheckResult[] {
  const root = facts.mounts.findLast(({ target }) => target === '/');
  const given = [...scene.workPlaces, ...scene.write, scene.socket];
  const foreign = facts.mounts
    .filter(({ type, target }) => !OWN_FILE_SYSTEMS.test(type) && !ENGINE_FILES.test(target))
    .filter(({ options, target }) => options.includes('rw') && !given.includes(target))
    .map(({ target }) => target);
  return [
    result('root-read-only', 'its root is read-only', {
      ok: root?.options.includes('ro') === true,
      found: root?.options,
    }),
    result('mounts', 'nothing of the host is writable but what it was given', {
      ok: foreign.length === 0,
      found: foreign,
    }),
    ...scene.write.map((path) => refused(`write-${path}`, `${path} cannot be written`, facts.writes[path], 'done')),
    ...scene.workPlaces.map((path) =>
      result(`work-${path}`, `${path} can be written`, {
        ok: facts.writes[path] === 'done',
        found: facts.writes[path],
      }),
    ),
    ...scene.read.map((path) => refused(`read-${path}`, `${path} is not there`, facts.reads[path], 'done')),
  ];
}

function network(facts: CheckFacts, scene: CheckScene): CheckResult[] {
  return [
    result('interfaces', 'it has no network interface but its own loopback', {
      ok: facts.interfaces.every((name) => name === 'lo'),
      found: facts.interfaces,
    }),
    ...scene.connect.map(({ host, port }) =>
      refused(`connect-${host}`, `${host} cannot be reached`, facts.connections[`${host}:${port}`], 'connected'),
    ),
    ...scene.names.map((name) => refused(`name-${name}`, `${name} cannot be looked up`, facts.names[name], 'found')),
  ];
}

function gateway({ gateway: found }: CheckFacts, scene: CheckScene): CheckResult[] {
  const answers = (id: string, what: string, answer: Outcome, status: number): CheckResult =>
    result(`gateway-${id}`, what, { ok: answer === status, found: answer });
  return [
    answers('stranger', 'the gateway turns away who has no token', found.stranger, 401),
    answers('forged', 'and who has made one up', found.forged, 401),
    answers('path', 'of the model service it passes on the model API only', found.otherPath, 403),
    answers('stranger-tunnel', 'it opens no tunnel without a token', found.strangerTunnel, 407),
    ...scene.forbidden.map((target) =>
      answers(`tunnel-${target}`, `and none to ${target} with one`, found.tunnels[target], 403),
    ),
  ];
}

function limits(facts: CheckFacts, { tmpBytes, pids, hasOwnKernel }: CheckScene): CheckResult[] {
  return [
    result('limit-tmp', '/tmp is as large as it may be', {
      // In a virtual machine it is what memory there is.
      ok: facts.filled > 0 && (hasOwnKernel || facts.filled <= tmpBytes),
      found: `${facts.filled} bytes`,
    }),
    result('limit-processes', 'it has no more processes than it may', {
      ok: facts.swarm > 0 && facts.swarm <= pids,
      found: `${facts.swarm} processes`,
    }),
    result('limit-memory', 'what takes more memory than it may is ended', {
      // A process that could not even be started (EAGAIN) shows nothing.
      ok: facts.hog !== 0 && !/^E/.test(String(facts.hog)),
      found: facts.hog,
    }),
  ];
}

function secrets(facts: CheckFacts, scene: CheckScene): CheckResult[] {
  const own = Object.entries(facts.environment).map(([name, value]) => `${name}=${value}`);
  const hosts = new Set(scene.hostEnvironment);
  // Names only: what is found must not be shown.
  const leaks = (lines: readonly string[]): string[] =>
    lines
      .filter((line) => hosts.has(line) || scene.secrets.some((secret) => line.includes(secret)))
      .map((line) => line.split('=')[0] ?? '');
  const [here, first] = [leaks(own), leaks(facts.environmentOfFirst)];
  return [
    result('environment', 'its environment has nothing of the host', { ok: here.length === 0, found: here }),
    result('environment-of-first', 'nor has the one of its first process', { ok: first.length === 0, found: first }),
  ];
}

/** Ok when it was tried and did not succeed. */
function refused(id: string, what: string, outcome: Outcome, success: string | number): CheckResult {
  return result(id, what, { ok: outcome !== undefined && outcome !== success, found: outcome });
}

function result(id: string, what: string, { ok, found }: { ok: boolean; found?: unknown }): CheckResult {
  return ok
    ? { id, what, ok }
    : { id, what, ok, found: typeof found === 'string' ? found : (JSON.stringify(found) ?? 'nothing') };
}
