import { describe, expect, it } from 'vitest';
import { SignalLog } from '../../src/proof/watch/signal-log.ts';

describe('the signals of a boot', () => {
  it('keep how it began and how it ended, however much happened in between', () => {
    const log = new SignalLog();
    for (let at = 0; at < 5000; at++) log.add(at, 'event', `event ${at}`);
    log.add(5000, 'rule', 'text-login-prompt decides: login');
    const { entries } = log;
    expect(entries).toHaveLength(400);
    expect(entries[0]).toEqual({ at: 0, kind: 'event', message: 'event 0' });
    expect(entries[200]).toEqual({
      at: 200,
      kind: 'event',
      message: '4602 signals, from here on, are more than can be kept.',
    });
    expect(entries[201]?.at).toBe(4802);
    expect(entries.at(-1)?.message).toBe('text-login-prompt decides: login');
  });

  it('are all there when there are few', () => {
    const log = new SignalLog();
    for (let at = 0; at < 399; at++) log.add(at, 'event', `event ${at}`);
    expect(log.entries.map(({ at }) => at)).toEqual(Array.from({ length: 399 }, (_, at) => at));
  });

  it('hold a state once for as long as it lasts, short and free of control characters', () => {
    const log = new SignalLog();
    for (const message of ['a\x1b', 'a\x1b', 'b', 'a\x1b']) log.change(1, 'disk', 'disk', message);
    log.change(1, 'processor', 'processor', '\x1b'.repeat(10_000));
    expect(log.entries.map(({ message }) => message).slice(0, 3)).toEqual(['a\\x1b', 'b', 'a\\x1b']);
    expect(log.entries[3]?.message.length).toBe(300);
  });
});
