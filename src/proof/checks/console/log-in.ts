import { setTimeout as wait } from 'node:timers/promises';
import { plainText } from '../../../disk/guest/plain-text.ts';
import { Fault } from '../../../errors/fault.ts';
import { findPromptLine } from '../../rules/prompt-line.ts';
import { hideSecret } from '../hide-secret.ts';
import type { Terminal } from './console-terminal.ts';

export interface Credentials {
  readonly user: string;
  readonly password?: string | undefined;
}

const lookMs = 150;
const loginPrompt = /^(?!Last\b)(?:\S{1,64} )?login:[ _█▄\ufffd]*$/i;
/** In whatever language a password is asked for, a colon ends the question. */
const question = /[:\uff1a][ _█▄\ufffd]*$/;
const shellPrompt = /(?:^|\S ?)[#$%>][ _█▄\ufffd]*$/;
const longestLine = 120;

/**
 * Waits until a look at the screen gives something, for at most `seconds`. `line` is the one at which a person would be
 * asked; undefined on a screen without text.
 */
export async function watchScreen<Value>(
  terminal: Terminal,
  seconds: number,
  signal: AbortSignal,
  look: (lines: readonly string[], line: string | undefined) => Value | undefined,
): Promise<Value | undefined> {
  for (const end = performance.now() + seconds * 1000; ; ) {
    const lines = await terminal.read(signal);
    const found = lines && look(lines, findPromptLine(lines));
    if (found !== undefined || performance.now() >= end) return found;
    await wait(lookMs, undefined, { signal });
  }
}

/**
 * Logs a user in at the text login on the screen, or at that of another console where the screen has none. The password is
 * typed only where it is asked for, so that it never shows. Fault `failed`, which says what was on the screen instead.
 */
export async function logIn(terminal: Terminal, credentials: Credentials, signal: AbortSignal): Promise<void> {
  await findLogin(terminal, signal);
  const { user, password } = credentials;
  await terminal.type(`${user}\n`, signal);
  const next = await watchScreen(terminal, 20, signal, (_, line) => judgeAfterUser(line, user));
  if (next === undefined) throw await explain(terminal, `nothing came after the user name`, credentials, signal);
  if (next === 'shell') return;
  if (password === undefined)
    throw await explain(terminal, 'a password is asked for, and none was given', credentials, signal);
  // Once more: a login that gives up in between would show what is typed.
  const still = await watchScreen(terminal, 1, signal, (_, line) => (line === next.asked ? true : undefined));
  if (still === undefined) throw await explain(terminal, 'the question for the password has gone', credentials, signal);
  await terminal.type(`${password}\n`, signal);
  const outcome = await watchScreen(terminal, 40, signal, (_, line) => judgeAfterPassword(line, next.asked));
  if (outcome === 'refused') throw await explain(terminal, 'the guest refused user or password', credentials, signal);
  if (outcome === 'asks') throw await explain(terminal, 'the guest asks for more than a password', credentials, signal);
}

async function findLogin(terminal: Terminal, signal: AbortSignal): Promise<void> {
  const isThere = (_: readonly string[], line: string | undefined) =>
    line !== undefined && loginPrompt.test(line) ? true : undefined;
  if (await watchScreen(terminal, 2, signal, isThere)) return;
  // Wakes a blank screen, and makes a prompt with messages behind it come anew.
  await terminal.press('ret', signal);
  if (await watchScreen(terminal, 6, signal, isThere)) return;
  // Beside a graphical login Linux keeps text ones on other consoles.
  await terminal.press('ctrl-alt-f3', signal);
  if (await watchScreen(terminal, 15, signal, isThere)) return;
  throw await explain(terminal, 'no text login was found', undefined, signal);
}

function judgeAfterUser(line: string | undefined, user: string): 'shell' | { asked: string } | undefined {
  // "web login: root" is the echo of what was typed.
  if (line === undefined || line.endsWith(user) || loginPrompt.test(line)) return undefined;
  if (question.test(line)) return { asked: line };
  return shellPrompt.test(line) ? 'shell' : undefined;
}

function judgeAfterPassword(line: string | undefined, asked: string): 'refused' | 'asks' | 'shell' | undefined {
  if (line === undefined || line === asked) return undefined;
  if (loginPrompt.test(line)) return 'refused';
  if (shellPrompt.test(line)) return 'shell';
  return question.test(line) ? 'asks' : undefined;
}

async function explain(
  terminal: Terminal,
  what: string,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<Fault> {
  const lines = await terminal.read(signal);
  const last = lines?.findLast(line => line.trim() !== '');
  const seen =
    lines === undefined
      ? 'no text that can be read exactly'
      : last === undefined
        ? 'nothing'
        : `"${plainText(hideSecret(last, credentials?.password).slice(0, longestLine))}"`;
  return new Fault('failed', `At the guest's console ${what}; the screen ends with ${seen}.`, {
    remedy: 'Check user and password at that machine, or install the guest agent in it.',
  });
}
