import { randomBytes } from 'node:crypto';
import { ApiError } from '../schema/api-error.ts';
import type { AccessStore, Account, User } from './access-store.ts';
import { totpCode } from './totp.ts';

interface Ticket {
  readonly userid: string;
  readonly csrf: string;
  readonly until: number;
  /** Only the password has been shown; the second factor is owed. */
  readonly half: boolean;
}

export interface TicketOptions {
  /** How long a ticket lasts; the real one's last 2 h. */
  readonly milliseconds: number;
  /** Says why a ticket or a token is refused. */
  readonly tellsWhy: boolean;
  /** The real one takes each code of the second factor once. */
  readonly allowCodeAgain: boolean;
}

/** Logins. */
export class Tickets {
  readonly #store: AccessStore;
  readonly #options: TicketOptions;
  readonly #tickets = new Map<string, Ticket>();
  readonly #usedSteps = new Map<string, number>();

  constructor(store: AccessStore, options: TicketOptions) {
    this.#store = store;
    this.#options = options;
  }

  expireAll(): void {
    this.#tickets.clear();
  }

  /** POST /access/ticket. */
  login(rawName: string, password: string, realm: string | undefined, challenge: string | undefined): LoginAnswer {
    const userid = realm === undefined ? rawName : `${rawName}@${realm}`;
    const user = this.#loginUser(userid);
    if (challenge !== undefined) return this.#secondStep(user, password, challenge);
    const renewed = this.#tickets.get(password);
    if (renewed !== undefined && !renewed.half && renewed.userid === userid && renewed.until > Date.now()) {
      return this.#issue(userid, false);
    }
    if (user.password === undefined || user.password !== password) throw new ApiError(401, 'authentication failure');
    return this.#issue(userid, user.totp !== undefined);
  }

  /** Whose cookie it is. For anything but reading the CSRF token must be shown too. */
  check(cookie: string, csrf: string | undefined, isRead: boolean): Account {
    const ticket = this.#tickets.get(cookie);
    if (ticket?.half) throw new ApiError(401, 'No ticket');
    if (ticket === undefined || ticket.until <= Date.now())
      throw this.#refusal('permission denied - invalid PVE ticket');
    if (!isRead && csrf !== ticket.csrf) throw new ApiError(401, 'Permission denied - invalid csrf token');
    this.#authenticated(ticket.userid);
    return { userid: ticket.userid, id: ticket.userid };
  }

  /** `Authorization: PVEAPIToken=user@realm!name=secret`. */
  checkToken(text: string): Account {
    const [, userid = '', id = '', secret = ''] = /^([^!\s]+)!([^=\s]+)=(.+)$/.exec(text) ?? [];
    if (userid === '') throw this.#refusal('no tokenid specified');
    const user = this.#authenticated(userid);
    const token = user.tokens.get(id);
    if (token === undefined) throw this.#refusal(`no such token '${id}' for user '${userid}'`);
    if (isOver(token.expire)) throw this.#refusal(`token '${id}' access expired`);
    if (token.secret !== secret) throw this.#refusal('invalid token value!');
    return { userid, token, id: `${userid}!${id}` };
  }

  /** Since 9.2 it is not told any more what is wrong. */
  #refusal(reason: string): ApiError {
    return new ApiError(401, this.#options.tellsWhy ? reason : 'Authentication failed!');
  }

  #authenticated(userid: string): User {
    const user = this.#store.users.get(userid);
    if (user === undefined) throw this.#refusal(`no such user ('${userid}')`);
    if (!user.enable) throw this.#refusal(`user '${userid}' is disabled`);
    if (isOver(user.expire)) throw this.#refusal(`user '${userid}' access expired`);
    return user;
  }

  /** A login is never told what is wrong. */
  #loginUser(userid: string): User {
    const user = this.#store.users.get(userid);
    if (user?.enable && !isOver(user.expire)) return user;
    throw new ApiError(401, 'authentication failure');
  }

  #secondStep(user: User, answer: string, challenge: string): LoginAnswer {
    const ticket = this.#tickets.get(challenge);
    if (ticket === undefined || !ticket.half || ticket.userid !== user.userid || ticket.until <= Date.now()) {
      throw new ApiError(401, 'authentication failure');
    }
    const code = /^totp:(\d{6})$/.exec(answer)?.[1];
    const now = Math.floor(Date.now() / 30_000);
    const step = [now - 1, now, now + 1].find(candidate => totpCode(user.totp ?? '', candidate) === code);
    const used = this.#usedSteps.get(user.userid) ?? 0;
    if (code === undefined || step === undefined || (step <= used && !this.#options.allowCodeAgain)) {
      throw new ApiError(401, 'authentication failure');
    }
    this.#usedSteps.set(user.userid, step);
    this.#tickets.delete(challenge);
    return this.#issue(user.userid, false);
  }

  #issue(userid: string, half: boolean): LoginAnswer {
    const time = Math.floor(Date.now() / 1000)
      .toString(16)
      .toUpperCase();
    const signature = randomBytes(48).toString('base64');
    const challenge = encodeURIComponent(JSON.stringify({ totp: true, recovery: 'unavailable' }));
    const ticket = half ? `PVE:!tfa!${challenge}:${time}::${signature}` : `PVE:${userid}:${time}::${signature}`;
    const csrf = `${time}:${randomBytes(24).toString('base64')}`;
    this.#tickets.set(ticket, { userid, csrf, half, until: Date.now() + this.#options.milliseconds });
    return { username: userid, ticket, CSRFPreventionToken: csrf, ...(half ? { NeedTFA: 1 as const } : {}) };
  }
}

function isOver(expire: number): boolean {
  return expire > 0 && expire * 1000 <= Date.now();
}

export interface LoginAnswer {
  readonly username: string;
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
  readonly NeedTFA?: 1;
}
