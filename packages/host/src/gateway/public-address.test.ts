import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

test.each([
  ['this machine', '127.0.0.1', '127.255.255.255', '0.0.0.0', '::1', '::'],
  ['private networks', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  ['a bridge of containers', '172.17.0.1', '10.88.0.1'],
  [
    'link-local ones, with the metadata services',
    '169.254.169.254',
    '169.254.170.2',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
  ],
  [
    'shared and reserved ones',
    '100.64.0.1',
    '100.100.100.200',
    '192.0.0.192',
    '198.18.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  ['multicast', '224.0.0.1', '239.1.1.1', 'ff02::1'],
  ['documentation', '192.0.2.1', '203.0.113.9', '2001:db8::1'],
  [
    'IPv4 in the form of IPv6',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:1::1',
  ],
  [
    'no address',
    '',
    'localhost',
    'example.com',
    '127.1',
    '0x7f000001',
    '2130706433',
    '1.2.3.4.5',
    '8.8.8.8:80',
    '[::1]',
  ],
])('%s: not public', (_, ...addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});

test('addresses of the internet are public', () => {
  const some = [
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.0.1',
    '192.167.0.1',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ];
  expect(some.filter((address) => !isPublicAddress(address))).toEqual([]);
});

test('no form of a private IPv4 address is public', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const head = fc.constantFrom('10', '127', '0', '169.254', '192.168', '172.20');
  fc.assert(
    fc.property(head, byte, byte, byte, (start, b, c, d) => {
      const address = [...start.split('.'), b, c, d].slice(0, 4).join('.');
      expect(isPublicAddress(address)).toBe(false);
      expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});
