import type { Version } from '../schema/contracts.ts';
import type { AccessStore, Account, AclEntry } from './access-store.ts';
import { allPrivileges } from './roles.ts';

/** Privilege → whether it propagates. */
export type Privileges = ReadonlyMap<string, boolean>;

/** What accounts may do where, as the real one reckons it. */
export class Permissions {
  readonly #store: AccessStore;
  readonly #version: Version;
  readonly #poolOf: (vmid: string) => string | undefined;

  constructor(store: AccessStore, version: Version, poolOf: (vmid: string) => string | undefined) {
    this.#store = store;
    this.#version = version;
    this.#poolOf = poolOf;
  }

  of(account: Account, path: string): Privileges {
    const byUser = this.#ofUser(account.userid, path);
    if (account.token === undefined || !account.token.privsep) return byUser;
    const own = this.#withPool(path, at =>
      this.#walk(at, entry => entry.type === 'token' && entry.ugid === account.id),
    );
    return new Map([...own].filter(([name]) => byUser.has(name)));
  }

  has(account: Account, path: string, privilege: string): boolean {
    return this.of(account, path).has(privilege);
  }

  hasAny(account: Account, path: string, privileges: readonly string[]): boolean {
    const held = this.of(account, path);
    return privileges.some(name => held.has(name));
  }

  #ofUser(userid: string, path: string): Privileges {
    if (userid === 'root@pam') return new Map(allPrivileges(this.#version).map(name => [name, true]));
    const groups = this.#store.users.get(userid)?.groups ?? new Set<string>();
    return this.#withPool(path, at =>
      this.#walk(
        at,
        entry => entry.type === 'user' && entry.ugid === userid,
        entry => entry.type === 'group' && groups.has(entry.ugid),
      ),
    );
  }

  /** A machine in a pool has what is given on the pool besides. */
  #withPool(path: string, walk: (path: string) => Privileges): Privileges {
    const own = walk(path);
    const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
    const pool = vmid === undefined ? undefined : this.#poolOf(vmid);
    return pool === undefined ? own : new Map([...walk(`/pool/${pool}`), ...own]);
  }

  /**
   * From the root to the path: what is given further down replaces what came from above; at one place what names the
   * user himself replaces what names his groups.
   */
  #walk(path: string, ...ranks: ((entry: AclEntry) => boolean)[]): Privileges {
    const parts = path.split('/').filter(part => part !== '');
    let roles = new Map<string, boolean>();
    for (let depth = 0; depth <= parts.length; depth++) {
      const at = `/${parts.slice(0, depth).join('/')}`;
      const isLast = depth === parts.length;
      const here = this.#store.acl.filter(entry => entry.path === at && (isLast || entry.propagate));
      const entries = ranks.map(isOf => here.filter(isOf)).find(found => found.length > 0);
      if (entries !== undefined) roles = new Map(entries.map(({ roleid, propagate }) => [roleid, propagate]));
    }
    if (roles.has('NoAccess')) return new Map();
    const privileges = new Map<string, boolean>();
    for (const [role, propagate] of roles) {
      for (const name of this.#store.roles.get(role) ?? [])
        privileges.set(name, propagate || privileges.get(name) === true);
    }
    return privileges;
  }
}
