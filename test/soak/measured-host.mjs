/*
 * The host of the crash test, which nobody kills here; asked by its parent, it tells what it holds after the garbage is
 * collected. Needs node --expose-gc.
 */
import '../crash/doomed-host.mjs';

process.on('message', () => {
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ heapBytes: heapUsed, residentBytes: rss, resources: process.getActiveResourcesInfo().length });
});
