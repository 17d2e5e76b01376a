import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';

/** Who was refused, as `pveum` names it. */
export interface Account {
  readonly who: string;
  readonly kind: 'token' | 'ticket';
}

export interface MissingPrivilege {
  readonly path: string;
  /** One of these is enough. */
  readonly privileges: readonly string[];
}

/** Reads "Permission check failed (/vms/100, VM.PowerMgmt)"; of "VM.Audit|VM.Monitor" one is enough. */
export function parseMissingPrivilege(text: string): MissingPrivilege | undefined {
  const match = /\((\/[\w./:@+-]*), *([A-Z][\w.]*(?:[|, ]+[A-Z][\w.]*)*)\)/.exec(text);
  const [, path, list] = match ?? [];
  return path === undefined || list === undefined ? undefined : { path, privileges: list.split(/[|, ]+/) };
}

/** What a 403 means, with the commands that grant what was missing. */
export function buildPermissionFault(
  text: string,
  what: string,
  account: Account,
  data: Record<string, unknown>,
): Fault {
  if (/user != root@pam/.test(text)) {
    return new Fault(
      'denied',
      `${account.who} may not do this: Proxmox VE lets only root@pam itself, without a token.`,
      {
        remedy: 'Use a host with the user root@pam and its password as credential, or do it on the node.',
        data: { ...data, who: account.who, what },
      },
    );
  }
  const missing = parseMissingPrivilege(text);
  if (missing === undefined) {
    return new Fault('denied', `${account.who} may not ${what}.`, {
      remedy: `See what the account may do: pveum user permissions ${quoteWord(account.who, 'linux')}`,
      data: { ...data, who: account.who },
    });
  }
  const [privilege = ''] = missing.privileges;
  const commands = grantCommands(missing.path, privilege, account);
  return new Fault(
    'denied',
    `${account.who} may not ${what}: the privilege ${missing.privileges.join(' or ')} on ${missing.path} is missing.`,
    {
      remedy: `Grant it on a node: ${commands.join(' && ')}`,
      data: { ...data, who: account.who, path: missing.path, privileges: missing.privileges, commands },
    },
  );
}

/** A role with that privilege alone, and its grant; a token with privilege separation needs it beside its user. */
function grantCommands(path: string, privilege: string, { who, kind }: Account): string[] {
  const role = `vmbridge-${privilege}`;
  const word = (text: string) => quoteWord(text, 'linux');
  const grant = (option: string, name: string) =>
    `pveum acl modify ${word(path)} ${option} ${word(name)} --roles ${role}`;
  const [user = who] = who.split('!');
  const grants = kind === 'token' ? [grant('--users', user), grant('--tokens', who)] : [grant('--users', user)];
  return [`pveum role add ${role} --privs ${privilege}`, ...grants];
}
