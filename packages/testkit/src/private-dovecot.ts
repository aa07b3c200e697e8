import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** A Dovecot of the test's own: its settings, mail and processes are below one temporary directory. */
export interface PrivateDovecot {
  /** A Unix socket on which it speaks IMAP. */
  readonly socket: string;
  /** Puts a mail into a mailbox (`INBOX`, or another by name), as a delivery agent does. */
  deliver(user: string, mailbox: string, raw: Buffer): void;
  stop(): Promise<void>;
}

export interface DovecotOptions {
  /** Names that may log in, with their passwords. */
  readonly users: Readonly<Record<string, string>>;
  /** Where a token is asked about, by XOAUTH2: the token is added to the address. */
  readonly introspection?: string;
}

/** Starts `dovecot` (Debian package dovecot-imapd) and waits until it takes connections. */
export async function startPrivateDovecot(options: DovecotOptions): Promise<PrivateDovecot> {
  const root = mkdtempSync(join(tmpdir(), 'nanoclaw-dovecot-'));
  chmodSync(root, 0o755);
  const owner = mailOwner();
  mkdirSync(join(root, 'mail'));
  chownSync(join(root, 'mail'), owner.uid, owner.gid);
  writeFileSync(join(root, 'users'), lines(Object.entries(options.users).map(([name, word]) => `${name}:${word}`)));
  writeFileSync(join(root, 'oauth2.conf'), oauthSettings(options.introspection ?? 'http://127.0.0.1:1/?'));
  writeFileSync(join(root, 'dovecot.conf'), settings(root, owner));
  const child = spawn('dovecot', ['-F', '-c', join(root, 'dovecot.conf')], { stdio: 'ignore' });
  const socket = join(root, 'run', 'imap-test');
  try {
    await until('Dovecot takes connections', () => isReady(child, root, socket), 60_000);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  let delivered = 0;
  return {
    socket,
    deliver(user, mailbox, raw) {
      const folder = join(root, 'mail', user, ...(mailbox === 'INBOX' ? [] : [`.${mailbox}`]));
      makeMaildir(root, folder, owner);
      const name = `${performance.timeOrigin + performance.now()}.${++delivered}.test`;
      const path = join(folder, 'tmp', name);
      writeFileSync(path, raw);
      chownSync(path, owner.uid, owner.gid);
      renameSync(path, join(folder, 'new', name));
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(root, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

function isReady(child: ChildProcess, root: string, socket: string): boolean {
  if (child.exitCode !== null || child.pid === undefined) {
    const log = join(root, 'log');
    throw new Error(`dovecot did not start: ${existsSync(log) ? readFileSync(log, 'utf8') : 'is it installed?'}`);
  }
  return existsSync(socket);
}

/** Whose the mail is: Dovecot delivers for no root. */
function mailOwner(): { uid: number; gid: number } {
  const { uid, gid } = userInfo();
  return uid === 0 ? { uid: 65_534, gid: 65_534 } : { uid, gid };
}

function makeMaildir(root: string, folder: string, owner: { uid: number; gid: number }): void {
  const inbox = folder.replace(/\/\.[^/]*$/, '');
  for (const base of new Set([inbox, folder])) {
    for (const directory of [base, ...['tmp', 'new', 'cur'].map((name) => join(base, name))]) {
      if (existsSync(directory) || directory === root) continue;
      mkdirSync(directory, { mode: 0o700 });
      chownSync(directory, owner.uid, owner.gid);
    }
  }
}

/**
 * Everything that waits on purpose is off: the delay after a failed login, its penalty that grows with every further one, and
 * the half minute between two looks where the machine has no file events to give away.
 */
function settings(root: string, { uid, gid }: { uid: number; gid: number }): string {
  const { uid: own, username } = userInfo();
  const unprivileged = own === 0 ? [] : [`default_internal_user = ${username}`, `default_login_user = ${username}`];
  return lines([
    `base_dir = ${root}/run`,
    `state_dir = ${root}/state`,
    `log_path = ${root}/log`,
    ...unprivileged,
    'protocols = imap',
    'listen = 127.0.0.1',
    'ssl = no',
    'disable_plaintext_auth = no',
    'auth_mechanisms = plain login xoauth2',
    'auth_failure_delay = 0',
    'mailbox_idle_check_interval = 1 secs',
    `mail_location = maildir:${root}/mail/%u`,
    'first_valid_uid = 1',
    'first_valid_gid = 1',
    'mail_max_userip_connections = 100',
    `passdb {\n driver = passwd-file\n mechanisms = plain login\n args = scheme=PLAIN username_format=%u ${root}/users\n}`,
    `passdb {\n driver = oauth2\n mechanisms = xoauth2\n args = ${root}/oauth2.conf\n}`,
    `userdb {\n driver = static\n args = uid=${uid} gid=${gid} home=${root}/mail/%u\n}`,
    'service anvil {\n chroot =\n unix_listener anvil-auth-penalty {\n mode = 0\n }\n}',
    // A socket file instead of a port: nobody else can take it between choosing and listening.
    `service imap-login {\n chroot =\n service_count = 0\n inet_listener imap {\n port = 0\n }\n inet_listener imaps {\n port = 0\n }\n unix_listener imap-test {\n mode = 0666\n }\n}`,
    'namespace inbox {\n inbox = yes\n separator = /\n mailbox Sent {\n special_use = \\Sent\n auto = create\n }\n}',
  ]);
}

function oauthSettings(introspection: string): string {
  return lines([
    'introspection_mode = get',
    `introspection_url = ${introspection}`,
    'username_attribute = email',
    'active_attribute = active',
    'active_value = true',
  ]);
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
