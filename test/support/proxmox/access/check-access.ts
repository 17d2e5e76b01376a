import { ApiError } from '../schema/api-error.ts';
import type { Values } from '../schema/check-parameters.ts';
import type { Method } from '../schema/types.ts';
import type { AccessStore, Account } from './access-store.ts';
import type { Permissions } from './permissions.ts';

export function permissionError(what?: string): ApiError {
  return new ApiError(403, `Permission check failed${what === undefined ? '' : ` (${what})`}`);
}

interface Scope {
  readonly account: Account;
  readonly params: Values;
  readonly permissions: Permissions;
  readonly store: AccessStore;
}

/** Refuses what the expression of the schema does not let that account do. */
export function checkAccess(method: Method, scope: Scope): void {
  if (!method.allowToken && scope.account.token !== undefined) {
    throw permissionError(`URI '${fill(method.template, scope)}' not available with API token, need proper ticket.`);
  }
  if (scope.account.id === 'root@pam' || method.user === 'all' || method.user === 'world') return;
  if (!method.unrestricted || method.check === undefined) throw permissionError('user != root@pam');
  if (!evaluate(method.check as readonly unknown[], scope, false)) throw permissionError();
}

/** With `quiet` a denial is only told; else the one that fails names itself. */
function evaluate(check: readonly unknown[], scope: Scope, quiet: boolean): boolean {
  const [kind, ...rest] = check;
  switch (kind) {
    case 'and':
      return rest.every(part => evaluate(part as readonly unknown[], scope, quiet));
    case 'or':
      return rest.some(part => evaluate(part as readonly unknown[], scope, true)) || deny(quiet);
    case 'perm':
      return checkPrivileges(rest, scope, quiet);
    case 'perm-modify':
      return checkModify(fill(String(rest[0]), scope), scope, quiet);
    case 'userid-param':
      return checkUser(String(rest[0]), scope, quiet);
    case 'userid-group':
      return checkGroups(rest, scope, quiet);
    default:
      throw new Error(`The schema has a check that is not known here: ${JSON.stringify(check)}`);
  }
}

function deny(quiet: boolean, what?: string): false {
  if (quiet) return false;
  throw permissionError(what);
}

function fill(template: string, { params }: Scope): string {
  return template.replace(/\{([^}]+)\}/g, (_, name: string) => String(params[name] ?? '')).replace(/(.)\/$/, '$1');
}

function options(rest: readonly unknown[]): Record<string, unknown> {
  const pairs: Record<string, unknown> = {};
  for (let index = 0; index + 1 < rest.length; index += 2) pairs[String(rest[index])] = rest[index + 1];
  return pairs;
}

function checkPrivileges([template, names, ...more]: readonly unknown[], scope: Scope, quiet: boolean): boolean {
  const { any, require_param: required } = options(more);
  if (typeof required === 'string' && scope.params[required] === undefined) return deny(quiet);
  const path = fill(String(template), scope);
  const privileges = names as readonly string[];
  const held = scope.permissions.of(scope.account, path);
  if (any === 1) return privileges.some(name => held.has(name)) || deny(quiet, `${path}, ${privileges.join('|')}`);
  const missing = privileges.find(name => !held.has(name));
  return missing === undefined || deny(quiet, `${path}, ${missing}`);
}

function checkModify(path: string, { permissions, account }: Scope, quiet: boolean): boolean {
  const needed = path.startsWith('/storage/')
    ? ['Permissions.Modify', 'Datastore.Allocate']
    : path.startsWith('/vms/')
      ? ['Permissions.Modify', 'VM.Allocate']
      : path.startsWith('/pool/')
        ? ['Permissions.Modify', 'Pool.Allocate']
        : ['Permissions.Modify'];
  return permissions.hasAny(account, path, needed) || deny(quiet, `${path}, ${needed.join('|')}`);
}

function checkUser(test: string, { params, account, permissions }: Scope, quiet: boolean): boolean {
  const userid = String(params.userid ?? '');
  if (test === 'self') return userid === account.userid || deny(quiet);
  const path = `/access/realm/${userid.split('@').at(-1)}`;
  return permissions.has(account, path, test) || deny(quiet, `${path}, ${test}`);
}

function checkGroups([names, ...more]: readonly unknown[], scope: Scope, quiet: boolean): boolean {
  const { params, account, permissions, store } = scope;
  const privileges = names as readonly string[];
  const { groups_param: mode } = options(more);
  const user = store.users.get(String(params.userid ?? ''));
  if (mode !== 'create' && user === undefined) {
    if (quiet) return false;
    throw new ApiError(500, `no such user ('${String(params.userid ?? '')}')`);
  }
  if (permissions.hasAny(account, '/access/groups', privileges)) return true;
  const asked = mode === undefined ? [...(user?.groups ?? [])] : String(params.groups ?? '').split(/[,;\s]+/);
  const groups = asked.filter(group => group !== '');
  const may = (group: string) => permissions.hasAny(account, `/access/groups/${group}`, privileges);
  const passed = groups.length > 0 && (mode === undefined ? groups.some(may) : groups.every(may));
  return passed || deny(quiet, `/access/groups, ${privileges.join('|')}`);
}
