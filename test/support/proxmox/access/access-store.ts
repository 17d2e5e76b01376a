import { randomUUID } from 'node:crypto';
import type { Version } from '../schema/contracts.ts';
import { builtInRoles } from './roles.ts';

export interface Token {
  readonly id: string;
  secret: string;
  /** Has only the privileges that were given to the token itself, and no more than its user. */
  privsep: boolean;
  expire: number;
  comment?: string;
}

export interface User {
  readonly userid: string;
  password?: string;
  enable: boolean;
  expire: number;
  comment?: string;
  email?: string;
  firstname?: string;
  lastname?: string;
  groups: Set<string>;
  readonly tokens: Map<string, Token>;
  /** Secret of the second factor, in base32. */
  totp?: string;
}

export interface AclEntry {
  readonly path: string;
  readonly type: 'user' | 'group' | 'token';
  /** User, group, or `user@realm!token`. */
  readonly ugid: string;
  readonly roleid: string;
  readonly propagate: boolean;
}

/** Who asks. */
export interface Account {
  readonly userid: string;
  readonly token?: Token;
  /** `user@realm` or `user@realm!token`. */
  readonly id: string;
}

/** Users, groups, tokens, roles and who may do what where. */
export class AccessStore {
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, { comment?: string }>();
  readonly realms = new Map<string, { type: string; comment: string }>([
    ['pam', { type: 'pam', comment: 'Linux PAM standard authentication' }],
    ['pve', { type: 'pve', comment: 'Proxmox VE authentication server' }],
  ]);
  readonly roles: Map<string, ReadonlySet<string>>;
  readonly builtIn: ReadonlySet<string>;
  acl: AclEntry[] = [];

  constructor(version: Version) {
    this.roles = builtInRoles(version);
    this.builtIn = new Set(this.roles.keys());
  }

  addUser(userid: string, password?: string, more: Partial<Pick<User, 'totp' | 'enable' | 'expire'>> = {}): User {
    const user: User = {
      userid,
      ...(password === undefined ? {} : { password }),
      enable: true,
      expire: 0,
      groups: new Set(),
      tokens: new Map(),
      ...more,
    };
    this.users.set(userid, user);
    return user;
  }

  /** A new token; the answer is its secret. */
  addToken(userid: string, id: string, options: { privsep?: boolean; expire?: number; comment?: string } = {}): string {
    const user = this.users.get(userid);
    if (user === undefined) throw new Error(`No user ${userid}.`);
    const secret = randomUUID();
    const { privsep = true, expire = 0, comment } = options;
    user.tokens.set(id, { id, secret, privsep, expire, ...(comment === undefined ? {} : { comment }) });
    return secret;
  }

  /** Gives a role to a user, `@group` or `user@realm!token`. */
  grant(path: string, to: string, roleid: string, propagate = true): void {
    const type = to.startsWith('@') ? 'group' : to.includes('!') ? 'token' : 'user';
    const ugid = type === 'group' ? to.slice(1) : to;
    this.revoke(path, ugid, roleid);
    this.acl.push({ path, type, ugid, roleid, propagate });
  }

  revoke(path: string, ugid: string, roleid: string): void {
    this.acl = this.acl.filter(entry => entry.path !== path || entry.ugid !== ugid || entry.roleid !== roleid);
  }
}
