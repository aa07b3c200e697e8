/** Works on all of them, at most `limit` at the same time; gives the results in order. The first failure ends it. */
export async function mapLimited<From, To>(
  items: readonly From[],
  limit: number,
  work: (item: From) => Promise<To>,
): Promise<To[]> {
  const results: To[] = [];
  let next = 0;
  async function worker(): Promise<void> {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as From);
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
