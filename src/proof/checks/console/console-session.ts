import { randomBytes } from 'node:crypto';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { Ran } from '../guest/run-agent-command.ts';
import { hideSecret } from '../hide-secret.ts';
import type { Terminal } from './console-terminal.ts';
import { encodeLine } from './encode-line.ts';
import { type Credentials, logIn, watchScreen } from './log-in.ts';
import { clearScreen, findAnswer, longestEncoded, prepareLines, type ShellAnswer, shellLines } from './shell-lines.ts';

/** How often a line is typed when keys are lost. */
const tries = 3;
const probeSeconds = 15;
const leaveSeconds = 5;

/** One login at a guest's text console, made when it is first needed. A login that failed is not tried again. */
export class ConsoleSession {
  readonly #terminal: Terminal;
  readonly #credentials: Credentials;
  #state: 'new' | 'ready' | 'lost' = 'new';
  #failure: Fault | undefined;

  constructor(terminal: Terminal, credentials: Credentials) {
    this.#terminal = terminal;
    this.#credentials = credentials;
  }

  /** Runs a line in the user's shell. Faults: `failed` (no login, no shell), `unsupported` (too long). */
  async run(line: string, seconds: number, signal: AbortSignal): Promise<Ran> {
    if (encodeLine(line).length > longestEncoded) {
      throw new Fault('unsupported', 'The line is too long to be typed at the console.', {
        remedy: 'Install the guest agent, or put what it does into a script of the machine.',
      });
    }
    await this.#enter(signal);
    const answer = await this.#ask(line, seconds, signal);
    const how = `typed at the console as ${this.#credentials.user}`;
    if (answer === undefined) {
      await this.#interrupt(signal);
      return { exitCode: undefined, isOverdue: true, output: '', how };
    }
    const output = hideSecret(answer.output.join('\n').trim(), this.#credentials.password);
    return { exitCode: answer.exitCode, output, how };
  }

  /** Clears the screen and logs out. Never fails: the machine is about to be stopped. */
  async leave(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'ready') return;
    this.#state = 'new';
    await this.#terminal.type(` ${clearScreen}; exit\n`, signal).catch(() => {});
    await watchScreen(this.#terminal, leaveSeconds, signal, (_, line) =>
      line !== undefined && /login:[ _█▄\ufffd]*$/i.test(line) ? true : undefined,
    ).catch(() => {});
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (this.#state === 'ready') return;
    if (this.#failure) throw this.#failure;
    try {
      if (this.#state === 'new') await logIn(this.#terminal, this.#credentials, signal);
      await this.#prepare(signal);
    } catch (error) {
      // Tried again and again, a wrong password would lock the account.
      this.#failure = error instanceof Fault ? error : undefined;
      throw error;
    }
  }

  /** Makes the shell ready and sees that it runs lines. */
  async #prepare(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < tries; attempt++) {
      for (const line of prepareLines) await this.#terminal.type(`${line}\n`, signal);
      const answer = await this.#type('exit 7', probeSeconds, signal);
      if (answer?.exitCode === 7) {
        this.#state = 'ready';
        return;
      }
      await this.#terminal.press('ctrl-c', signal);
    }
    throw new Fault('failed', 'The login led to no shell that runs lines, or the screen can not be read.', {
      remedy: 'Use a user whose shell is an ordinary one, or install the guest agent.',
    });
  }

  async #ask(line: string, seconds: number, signal: AbortSignal): Promise<ShellAnswer | undefined> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#type(line, seconds, signal);
      if (answer?.lost !== true) return answer;
      if (attempt < tries) continue;
      throw new Fault('failed', 'The guest loses keys that are typed at its console.', {
        remedy: 'Try again when the host is less busy, or install the guest agent.',
      });
    }
  }

  async #type(line: string, seconds: number, signal: AbortSignal): Promise<ShellAnswer | undefined> {
    const mark = `vmb-${randomBytes(8).toString('hex')}`;
    for (const typed of shellLines(line, mark)) await this.#terminal.type(`${typed}\n`, signal);
    return await watchScreen(this.#terminal, seconds, signal, lines => findAnswer(lines, mark));
  }

  /** After a line that does not end, the shell has to show that it takes another. */
  async #interrupt(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelledFault(signal, 'Checking the guest');
    this.#state = 'lost';
    await this.#terminal.press('ctrl-c', signal);
  }
}
