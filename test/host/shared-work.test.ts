import { expect, test } from 'vitest';
import { cancelledFault } from '../../src/errors/fault.ts';
import { SharedWork } from '../../src/host/shared-work.ts';

/** Work that ends when told to, and counts how often it was begun and cancelled. */
function createWork() {
  const state = { begun: 0, cancelled: 0, finish: (_: string) => {} };
  const work = (signal: AbortSignal) => {
    state.begun += 1;
    return new Promise<string>((resolve, reject) => {
      state.finish = resolve;
      signal.addEventListener('abort', () => {
        state.cancelled += 1;
        setTimeout(() => reject(cancelledFault(signal, 'The work')), 20);
      });
    });
  };
  return { state, work };
}

test('work is done once for all who want it at the same time, and anew afterwards', async () => {
  const shared = new SharedWork<string>();
  const { state, work } = createWork();
  const all = [shared.run('a', work), shared.run('a', work), shared.run('a', work)];
  state.finish('done');
  expect(await Promise.all(all)).toEqual(['done', 'done', 'done']);
  const again = shared.run('a', work);
  state.finish('again');
  expect(await again).toBe('again');
  expect(state.begun).toBe(2);
});

test('work under another key is other work', async () => {
  const shared = new SharedWork<string>();
  expect(await Promise.all([shared.run('a', async () => 'one'), shared.run('b', async () => 'two')])).toEqual([
    'one',
    'two',
  ]);
});

test('one who leaves is let go at once, and the others get their result', async () => {
  const shared = new SharedWork<string>();
  const { state, work } = createWork();
  const controller = new AbortController();
  const leaving = shared.run('a', work, controller.signal);
  const staying = shared.run('a', work, new AbortController().signal);
  controller.abort();
  await expect(leaving).rejects.toMatchObject({ code: 'cancelled' });
  state.finish('done');
  expect(await staying).toBe('done');
  expect(state.cancelled).toBe(0);
});

test('when the last one leaves the work is cancelled, and he waits until it has ended', async () => {
  const shared = new SharedWork<string>();
  const { state, work } = createWork();
  const [one, other] = [new AbortController(), new AbortController()];
  const begin = performance.now();
  const calls = Promise.allSettled([shared.run('a', work, one.signal), shared.run('a', work, other.signal)]);
  one.abort();
  other.abort();
  for (const outcome of await calls)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
  expect(performance.now() - begin).toBeGreaterThan(15);
  expect(state.cancelled).toBe(1);
  await expect(shared.run('a', work, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  expect(state.begun).toBe(1);
});

test('a failure reaches everybody', async () => {
  const shared = new SharedWork<string>();
  const work = async () => {
    throw new Error('broken');
  };
  const outcomes = await Promise.allSettled([shared.run('a', work), shared.run('a', work)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
