/** A moment as `2026-03-05 09:30:12` in the owner's time zone; what is no ISO 8601 time stays as it is. */
export function localTime(iso: string, timezone: string): string {
  const instant = Date.parse(iso);
  return Number.isNaN(instant) ? iso : formatInstant(instant, timezone);
}

/** The same for milliseconds since the epoch. */
export function formatInstant(instantMs: number, timezone: string): string {
  // Swedish writes dates in the order of ISO 8601.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  return format.format(instantMs);
}
