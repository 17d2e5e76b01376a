import { describe, expect, it, vi } from 'vitest';
import { ConsoleSession } from '../../../src/proof/checks/console/console-session.ts';
import type { Terminal } from '../../../src/proof/checks/console/console-terminal.ts';
import { logIn } from '../../../src/proof/checks/console/log-in.ts';

// What is waited for passes at once, and counts as time.
const clock = vi.hoisted(() => ({ now: 0 }));
vi.mock('node:timers/promises', () => ({
  setTimeout: async (milliseconds: number) => {
    clock.now += milliseconds;
  },
}));
vi.spyOn(performance, 'now').mockImplementation(() => clock.now);

const password = 'S3cret-word';
const signal = new AbortController().signal;

interface Behaviour {
  prompt?: string;
  question?: string;
  /** Lines before the login shows, such as those of a kernel. */
  before?: string[];
  accepts?: string;
  shell?: string;
  after?: string;
  /** The question goes away before anybody can answer. */
  givesUp?: boolean;
}

/** A login program on a screen: shows what is typed but for passwords, as a real one does. */
class PretendLogin implements Terminal {
  lines: string[];
  readonly typed: string[] = [];
  readonly pressed: string[] = [];
  readonly #behaviour: Behaviour;
  #state: 'name' | 'password' | 'shell' = 'name';
  #looks = 0;

  constructor(behaviour: Behaviour = {}) {
    this.#behaviour = { prompt: 'web login:', question: 'Password:', accepts: password, shell: '#', ...behaviour };
    this.lines = [...(behaviour.before ?? []), this.#behaviour.prompt ?? ''];
  }

  async read(): Promise<readonly string[]> {
    this.#looks++;
    if (this.#behaviour.givesUp && this.#state === 'password' && this.#looks > 1) this.#restart('');
    return this.lines;
  }

  async type(text: string): Promise<void> {
    this.typed.push(text);
    for (const line of text.split('\n').slice(0, -1)) this.#take(line);
  }

  async press(chord: string): Promise<void> {
    this.pressed.push(chord);
    if (chord === 'ret') this.#take('');
  }

  #take(line: string): void {
    this.#looks = 0;
    if (this.#state === 'password') {
      if (line !== this.#behaviour.accepts) {
        this.#restart('Login incorrect');
        return;
      }
      this.#state = 'shell';
      this.lines = [...this.lines, this.#behaviour.after ?? 'Welcome', this.#behaviour.shell ?? '#'];
      return;
    }
    // Echo.
    this.lines = [...this.lines.slice(0, -1), `${this.lines.at(-1)} ${line}`];
    if (this.#state === 'shell') this.lines.push(this.#behaviour.shell ?? '#');
    else if (line === '') this.#restart('');
    else if (this.#behaviour.question === '') {
      this.#state = 'shell';
      this.lines.push(this.#behaviour.shell ?? '#');
    } else {
      this.#state = 'password';
      this.lines.push(this.#behaviour.question ?? '');
    }
  }

  #restart(words: string): void {
    this.#state = 'name';
    this.lines = [...this.lines, words, this.#behaviour.prompt ?? ''];
  }
}

describe('a login at the console', () => {
  it.each(['Password:', 'Passwort: ', 'Mot de passe :', 'Пароль: _', 'パスワード：', 'root@web\u2019s password:'])(
    'answers the question %s with the password',
    async question => {
      const terminal = new PretendLogin({ question });
      await logIn(terminal, { user: 'root', password }, signal);
      expect(terminal.typed).toEqual(['root\n', `${password}\n`]);
    },
  );

  it('types no password where none is asked for', async () => {
    const terminal = new PretendLogin({ question: '' });
    await logIn(terminal, { user: 'root', password }, signal);
    expect(terminal.typed).toEqual(['root\n']);
  });

  it('finds the prompt behind what kernel and services print', async () => {
    const terminal = new PretendLogin({ before: ['[  1.2] usb 1-1: new device'] });
    terminal.lines.push('[   12.345678] random: crng init done');
    await logIn(terminal, { user: 'root', password }, signal);
    expect(terminal.typed).toHaveLength(2);
  });

  it('never types the password into a login that has given up meanwhile', async () => {
    const terminal = new PretendLogin({ givesUp: true });
    await expect(logIn(terminal, { user: 'root', password }, signal)).rejects.toMatchObject({ code: 'failed' });
    expect(terminal.typed).toEqual(['root\n']);
    expect(terminal.lines.join()).not.toContain(password);
  });

  it.each([
    ['refused', { accepts: 'another' }],
    ['more than a password', { shell: 'New password:' }],
  ])('says when it is %s', async (words, behaviour) => {
    const terminal = new PretendLogin(behaviour);
    const work = logIn(terminal, { user: 'root', password }, signal);
    await expect(work).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining(words) });
  });

  it('asks for a password that it was not given', async () => {
    const work = logIn(new PretendLogin(), { user: 'root' }, signal);
    await expect(work).rejects.toThrow('none was given');
  });

  it('looks at another console when the screen has no login, and then gives up', async () => {
    const terminal = new PretendLogin({ prompt: 'GNOME' });
    await expect(logIn(terminal, { user: 'root', password }, signal)).rejects.toThrow('no text login');
    expect(terminal.pressed).toEqual(['ret', 'ctrl-alt-f3']);
    expect(terminal.typed).toEqual([]);
  });

  it('repeats no password that the guest shows', async () => {
    const terminal = new PretendLogin({ accepts: 'another', prompt: `${password} login:` });
    const error = await logIn(terminal, { user: 'root', password }, signal).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('refused');
    expect(JSON.stringify([String(error), error])).not.toContain(password);
  });
});

describe('a session at the console', () => {
  it('that can not be opened is tried once', async () => {
    const terminal = new PretendLogin({ accepts: 'another' });
    const session = new ConsoleSession(terminal, { user: 'root', password });
    for (let count = 0; count < 3; count++) {
      await expect(session.run('true', 5, signal)).rejects.toMatchObject({ code: 'failed' });
    }
    expect(terminal.typed).toEqual(['root\n', `${password}\n`]);
  });

  it('whose shell runs nothing says so', async () => {
    const session = new ConsoleSession(new PretendLogin(), { user: 'root', password });
    await expect(session.run('true', 5, signal)).rejects.toThrow('no shell that runs lines');
  });

  it('types no line that takes too long, and nothing before it', async () => {
    const terminal = new PretendLogin();
    const session = new ConsoleSession(terminal, { user: 'root', password });
    await expect(session.run('x'.repeat(4000), 5, signal)).rejects.toMatchObject({ code: 'unsupported' });
    expect(terminal.typed).toEqual([]);
  });
});
