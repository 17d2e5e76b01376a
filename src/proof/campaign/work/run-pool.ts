/**
 * Works through a list, so many at a time. The first that throws ends it: `abort` is called, those under way are waited for,
 * and then it is thrown.
 */
export async function runPool<Item>(
  items: readonly Item[],
  parallel: number,
  work: (item: Item) => Promise<void>,
  abort: (error: unknown) => void,
): Promise<void> {
  const queue = [...items];
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && failure === undefined; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        failure ??= { error };
        abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  if (failure !== undefined) throw failure.error;
}
