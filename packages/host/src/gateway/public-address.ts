import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Everything that is not the public internet, from IANA's registries of special-purpose addresses (RFC 6890 and its
 * updates): this machine, private networks, link-local ones with the metadata services of clouds, multicast, and what
 * is reserved.
 */
const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Of IPv6 only 2000::/3 is given out; in it are tunnels that carry an IPv4 address, and addresses for documents. */
const SPECIAL_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const special = new BlockList();
for (const [net, prefix] of SPECIAL_IPV4) special.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of SPECIAL_IPV6) special.addSubnet(net, prefix, 'ipv6');
const given = new BlockList();
given.addSubnet('2000::', 3, 'ipv6');

/** Whether an address that was found, not a name, is one of the public internet. Zones (`%eth0`) are of links: never. */
export function isPublicAddress(address: string): boolean {
  if (!isIPv6(address)) return isIPv4(address) && !special.check(address, 'ipv4');
  // An IPv4 address in IPv6 form (`::ffff:10.0.0.1`) lies outside 2000::/3.
  return !address.includes('%') && given.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
