import type { SoakReport } from './soak.ts';

/** How much more a host may hold in the end: nothing but what its caches and the collector need. */
const HEAP_SLACK = { ratio: 1.25, bytes: 2 * 2 ** 20 };

/** Descriptors and resources may differ by connections that are just being made. */
const CONNECTION_SLACK = 3;

/** What a host holds at the end of a soak that it did not hold before; empty is good. */
export function leaks({ before, after }: Pick<SoakReport, 'before' | 'after'>): string[] {
  const heapLimit = before.heapBytes * HEAP_SLACK.ratio + HEAP_SLACK.bytes;
  return [
    ...(after.descendants > 0 ? [`${after.descendants} processes of sandboxes are left`] : []),
    ...(after.files > before.files + CONNECTION_SLACK ? [`files: ${before.files}, then ${after.files}`] : []),
    ...(after.resources > before.resources + CONNECTION_SLACK
      ? [`resources: ${before.resources}, then ${after.resources}`]
      : []),
    ...(after.heapBytes > heapLimit ? [`heap: ${before.heapBytes} bytes, then ${after.heapBytes}`] : []),
  ];
}
