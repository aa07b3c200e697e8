import { readlinkSync } from 'node:fs';

/**
 * True for IANA time zone names. Known names are looked up in the list first: making a DateTimeFormat loads 8 MB of
 * tables, which an idle host need not hold.
 */
export function isTimezone(zone: string): boolean {
  // The list leaves out the names of universal time, which many servers use.
  if (/^(Etc\/)?(UTC|GMT)$/.test(zone) || Intl.supportedValuesOf('timeZone').includes(zone)) return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The machine's zone, from the link every distribution sets, else from Node. */
export function machineTimezone(): string {
  try {
    const zone = readlinkSync('/etc/localtime').split('/zoneinfo/')[1];
    if (zone !== undefined && isTimezone(zone)) return zone;
  } catch {
    // Not a link, or not there: Node knows another way.
  }
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
