import { Fault } from '../../errors/fault.ts';
import type { ProofChecks } from '../../model/check.ts';

/** What a machine must have so that the checks can be made. */
export interface CheckNeeds {
  /** The channel of a guest agent, on hosts that have one. */
  readonly agent: boolean;
  /** A network card whose ports can be forwarded; no other packet gets through. Absent: none is needed. */
  readonly network?: 'restricted';
}

/** What the boot needs for these checks. Fault `invalid` for checks that could never be made; `at` is the field they are in. */
export function requireChecks(checks: ProofChecks, at = 'checks'): CheckNeeds {
  const { agent, ports = [], files = [], commands = [], volumes, user, password } = checks;
  for (const [index, { path }] of files.entries()) requireWhole(path, `${at}.files.${index}.path`);
  for (const [index, { command }] of commands.entries()) refuseZero(command, `${at}.commands.${index}.command`);
  if (user === undefined && password !== undefined) {
    throw new Fault('invalid', 'There is a password, but no user that it belongs to.', {
      remedy: `Name the user in ${at}.user.`,
      data: { field: `${at}.user` },
    });
  }
  if (user !== undefined) refuseControls(user, `${at}.user`);
  if (password !== undefined) refuseControls(password, `${at}.password`);
  return {
    agent: agent === true || volumes === true || ports.length + files.length + commands.length > 0,
    ...(ports.length > 0 ? { network: 'restricted' } : {}),
  };
}

/** Agent, console and image begin a part of a path each in a place of its own. */
function requireWhole(path: string, field: string): void {
  refuseZero(path, field);
  if (/^(?:\/|[A-Za-z]:[\\/])/.test(path)) return;
  throw new Fault('invalid', `The field ${field} is no whole path of a guest: ${JSON.stringify(path)}.`, {
    remedy: 'Begin it with "/", or with a drive such as "C:\\".',
    data: { field },
  });
}

/** No system has a path or a command line with that character; an agent would take the text to end there. */
function refuseZero(text: string, field: string): void {
  if (!text.includes('\0')) return;
  throw new Fault('invalid', `The field ${field} has a character with the number 0.`, {
    remedy: 'Leave it out.',
    data: { field },
  });
}

/** A login reads one line: what would end it, or act on it, is no part of a name or a password. */
function refuseControls(text: string, field: string): void {
  if (!/[\u0000-\u001f\u007f]/.test(text)) return;
  throw new Fault('invalid', `The field ${field} has a control character.`, {
    remedy: 'Give it without line ends and other control characters.',
    data: { field },
  });
}
