import { rawMail, type WrittenMail } from '@nanoclaw/testkit';
import { describe, expect, test } from 'vitest';
import { type AdmissionRules, admit } from './admission.ts';
import { readMail } from './mail.ts';

const RULES: AdmissionRules = {
  ownAddress: 'andy@mail.test',
  allowed: ['ann@example.test', '@firm.test'],
  checkedBy: 'mx.mail.test',
};

const verdict = async (mail: WrittenMail, rules = RULES): Promise<string> => {
  const admission = admit(await readMail(rawMail({ messageId: '<1@example.test>', ...mail })), rules);
  return admission.admitted ? 'admitted' : admission.reason;
};

describe('a mail is admitted', () => {
  test.each<[string, WrittenMail]>([
    ['from an address that is allowed', {}],
    ['whatever the case of the address', { from: 'Ann <Ann@Example.TEST>' }],
    [
      'from a domain that is allowed',
      { from: 'bob@firm.test', authentication: 'mx.mail.test; dkim=pass header.d=firm.test' },
    ],
    ['that says that no program has written it', { head: ['Auto-Submitted: no'] }],
  ])('%s', async (_, mail) => {
    expect(await verdict(mail)).toBe('admitted');
  });
});

describe('nobody gets in who is not allowed', () => {
  test.each<[string, WrittenMail]>([
    ['another address', { from: 'Ann <eve@evil.test>', authentication: 'mx.mail.test; dmarc=pass' }],
    ['the name of one who is', { from: '"ann@example.test" <eve@evil.test>' }],
    ['an address that begins like it', { from: 'ann@example.test.evil.test' }],
    ['a domain below one that is', { from: 'eve@sub.firm.test' }],
    ['a domain that ends like one that is', { from: 'eve@notfirm.test' }],
  ])('%s', async (_, mail) => {
    expect(await verdict(mail)).toBe('its sender is not allowed');
  });

  test.each<[string, WrittenMail]>([
    ['two senders', { from: 'ann@example.test, eve@evil.test' }],
    ['two lines of senders', { head: ['From: eve@evil.test'] }],
    ['nobody', { from: '' }],
    ['what is no address', { from: 'Ann' }],
  ])('%s', async (_, mail) => {
    expect(await verdict(mail)).toBe('nobody or several are named as its sender');
  });
});

describe('a sender must be proven by the server that received the mail', () => {
  test.each([
    'mx.mail.test; dmarc=pass header.from=example.test',
    'mx.mail.test 1; spf=none; dkim=pass (2048-bit key) header.d=example.test header.s=x',
    'mx.mail.test; dkim=pass header.i=@example.test',
    'mx.mail.test; dkim=fail header.d=other.test; spf=pass (sender ok) smtp.mailfrom=bounce@example.test; dmarc=none',
    'MX.mail.test; DMARC=PASS header.from=Example.TEST',
  ])('it is by: %s', async (authentication) => {
    expect(await verdict({ authentication })).toBe('admitted');
  });

  test.each([
    null,
    'mx.evil.test; dmarc=pass header.from=example.test',
    'mx.mail.test; none',
    'mx.mail.test; dmarc=fail; dkim=pass header.d=example.test',
    'mx.mail.test; dkim=pass header.d=evil.test; spf=pass smtp.mailfrom=eve@evil.test',
    'mx.mail.test; dkim=pass header.d=sub.example.test',
    'mx.mail.test; dkim=pass header.d=test',
    'mx.mail.test; dkim=neutral header.d=example.test',
    'mx.mail.test; dmarc=pass header.from=evil.test',
    'mx.mail.test; spf=pass smtp.mailfrom="x; dmarc=pass header.from=example.test"@evil.test',
    'mx.mail.test; spf=pass (dmarc=pass) smtp.mailfrom=eve@evil.test',
    'mx.mail.test; spf=pass (a ( ; dmarc=pass ) \\) ; dmarc=pass) smtp.mailfrom=eve@evil.test',
    'mx.mail.test; spf=pass smtp.mailfrom=eve@evil.test\\; dmarc=pass',
    'mx.mail.test (dmarc=pass',
    '"mx.mail.test; dmarc=pass',
  ])('it is not by: %s', async (authentication) => {
    expect(await verdict({ authentication })).toBe('its sender is not proven');
  });

  test('what a mail says of itself below the line of the server counts for nothing', async () => {
    const head = ['Authentication-Results: mx.mail.test; dmarc=pass header.from=example.test'];
    expect(await verdict({ authentication: 'mx.mail.test; dmarc=fail', head })).toBe('its sender is not proven');
  });

  test('where the owner wants no check, the sender is believed', async () => {
    expect(await verdict({ authentication: null }, { ...RULES, checkedBy: undefined })).toBe('admitted');
  });
});

describe('programs are not answered', () => {
  test.each<[string, WrittenMail]>([
    ['a holiday note', { head: ['Auto-Submitted: auto-replied'] }],
    ['an old holiday note', { head: ['X-Autoreply: yes'] }],
    ['a list', { head: ['List-Id: <friends.lists.test>'] }],
    ['a newsletter', { head: ['List-Unsubscribe: <mailto:off@example.test>'] }],
    ['bulk', { head: ['Precedence: bulk'] }],
    ['a report of a failed mail', { head: ['Return-Path: <>'] }],
    ['the server itself', { from: 'MAILER-DAEMON@example.test' }],
    ['nobody', { from: 'no-reply@firm.test' }],
  ])('%s', async (_, mail) => {
    expect(await verdict(mail)).toBe('a program has written it');
  });

  test.each(['andy@mail.test', 'Ann <ANDY@mail.test>', 'andy+self@mail.test'])(
    'nor the assistant itself: %s',
    async (from) => {
      const everybody = { ...RULES, allowed: ['@mail.test'], checkedBy: undefined };
      expect(await verdict({ from }, everybody)).toBe('it is our own');
    },
  );
});
