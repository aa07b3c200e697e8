import { isAuthentic } from './authentication.ts';
import type { HeadLine, Mail } from './mail.ts';

/** Who may write to the assistant by mail, and how it is known that they did. */
export interface AdmissionRules {
  readonly ownAddress: string;
  /** Addresses in lower case, and domains as `@example.com`. */
  readonly allowed: readonly string[];
  /** The name under which the receiving server tells of its checks; undefined where the owner wants none. */
  readonly checkedBy: string | undefined;
}

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly reason: RefusedFor };

export type RefusedFor =
  | 'it is our own'
  | 'a program has written it'
  | 'nobody or several are named as its sender'
  | 'its sender is not allowed'
  | 'its sender is not proven';

/** Whether a mail reaches the assistant. Its head decides. */
export function admit(mail: Mail, rules: AdmissionRules): Admission {
  if (mail.from === undefined) return refuse('nobody or several are named as its sender');
  const { address } = mail.from;
  if (plain(address) === plain(rules.ownAddress)) return refuse('it is our own');
  if (isAutomatic(mail.head, address)) return refuse('a program has written it');
  if (!isListed(address, rules.allowed)) return refuse('its sender is not allowed');
  if (rules.checkedBy !== undefined && !isAuthentic(mail.head, address, rules.checkedBy)) {
    return refuse('its sender is not proven');
  }
  return { admitted: true };
}

export function isListed(address: string, allowed: readonly string[]): boolean {
  return allowed.includes(address) || allowed.includes(address.slice(address.lastIndexOf('@')));
}

/** Answering a program is how mails go round in circles (RFC 3834): lists, holiday notes, reports of failed mails. */
function isAutomatic(head: readonly HeadLine[], address: string): boolean {
  const value = (name: string): string | undefined =>
    head
      .find(({ key }) => key === name)
      ?.value.trim()
      .toLowerCase();
  const submitted = value('auto-submitted');
  if (submitted !== undefined && !/^no\b/.test(submitted)) return true;
  if (value('return-path') === '<>' || value('x-autoreply') !== undefined || value('x-autorespond') !== undefined) {
    return true;
  }
  if (value('list-id') !== undefined || value('list-unsubscribe') !== undefined) return true;
  if (/^(bulk|junk|list|auto_reply)$/.test(value('precedence') ?? '')) return true;
  if (/report-type|multipart\/report/.test(value('content-type') ?? '')) return true;
  return /^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+._-][^@]*)?@/.test(address);
}

/** Without what stands behind a plus: `andy+x@…` is Andy's mailbox, too. */
function plain(address: string): string {
  return address.replace(/\+[^@]*@/, '@');
}

function refuse(reason: RefusedFor): Admission {
  return { admitted: false, reason };
}
