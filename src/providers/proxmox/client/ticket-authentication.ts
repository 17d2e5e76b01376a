import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Fault } from '../../../errors/fault.ts';
import { SharedWork } from '../../../host/shared-work.ts';
import type { Authentication, ReadSecret } from './authentication.ts';
import { parseReply } from './parse-reply.ts';
import type { Method } from './request.ts';
import type { SecretWords } from './secret-words.ts';
import { computeTotp, decodeBase32, totpPeriod } from './totp.ts';

export interface TicketSettings {
  readonly host: string;
  readonly user: string;
  /** Names of the kept secrets: the password, and the second factor where the account has one. */
  readonly credential: string;
  readonly totp: string | undefined;
  readonly readSecret: ReadSecret;
  readonly secrets: SecretWords;
  /** POST /access/ticket, whose parameters are secret. Undefined when it is refused. */
  readonly logIn: (params: Record<string, string | boolean>, signal: AbortSignal) => Promise<unknown>;
  readonly now: () => number;
}

interface Ticket {
  readonly text: string;
  readonly csrf: string;
  readonly madeAt: number;
}

const rawTicket = z.object({
  ticket: z.string().regex(/^[\x21-\x3a\x3c-\x7e]+$/),
  CSRFPreventionToken: z
    .string()
    .regex(/^[\x21-\x7e]*$/)
    .optional(),
  NeedTFA: z.boolean().optional(),
});

/** A ticket is good for two hours. */
const renewAfterMilliseconds = 105 * 60_000;
const lastsMilliseconds = 120 * 60_000;

/** How long a refusal stands for itself: each further try may count towards locking the account. */
const refusalMilliseconds = 10_000;

/** Asks with a ticket that a password was given for; it is made anew before it ends. */
export class TicketAuthentication implements Authentication {
  readonly kind = 'ticket';
  readonly #settings: TicketSettings;
  readonly #work = new SharedWork<Ticket>();
  #ticket: Ticket | undefined;
  #refusal: { readonly fault: Fault; readonly at: number; readonly secret: string } | undefined;
  /** Number of the last period whose code was shown: a server takes each code once. */
  #lastPeriod = 0;

  constructor(settings: TicketSettings) {
    this.#settings = settings;
  }

  get who(): string {
    return this.#settings.user;
  }

  async headers(method: Method, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const ticket = await this.#current(signal);
    const cookie = { cookie: `PVEAuthCookie=${ticket.text}` };
    return method === 'GET' ? cookie : { ...cookie, csrfpreventiontoken: ticket.csrf };
  }

  renew(refused: Readonly<Record<string, string>>): boolean {
    // Another request may have got a new one meanwhile.
    if (this.#ticket !== undefined && refused.cookie === `PVEAuthCookie=${this.#ticket.text}`) this.#ticket = undefined;
    return true;
  }

  async #current(signal: AbortSignal): Promise<Ticket> {
    const known = this.#ticket;
    if (known !== undefined && this.#settings.now() - known.madeAt < renewAfterMilliseconds) return known;
    return this.#work.run('ticket', shared => this.#make(known, shared), signal);
  }

  async #make(old: Ticket | undefined, signal: AbortSignal): Promise<Ticket> {
    const { now } = this.#settings;
    const renewable = old !== undefined && now() - old.madeAt < lastsMilliseconds;
    // The old ticket stands for the password, and needs no second factor.
    const renewed = renewable ? await this.#ask({ password: old.text }, signal) : undefined;
    this.#ticket = renewed === undefined || renewed.NeedTFA ? await this.#logIn(signal) : this.#keep(renewed);
    return this.#ticket;
  }

  async #logIn(signal: AbortSignal): Promise<Ticket> {
    const { host, user, credential, totp, readSecret, secrets, now } = this.#settings;
    const password = secrets.add(await readSecret(credential, signal));
    const refusal = this.#refusal;
    if (refusal?.secret === password && now() - refusal.at < refusalMilliseconds) throw refusal.fault;
    const first = await this.#ask({ password, 'new-format': true }, signal);
    const second = first?.NeedTFA ? await this.#answerChallenge(first.ticket, signal) : first;
    if (second !== undefined) return this.#keep(second);
    const what = first === undefined ? 'password' : 'code of the second factor';
    const fault = new Fault('denied', `The host "${host}" does not accept the ${what} of ${user}.`, {
      remedy: `Keep the right one: vmbridge credential set ${first === undefined ? credential : (totp ?? credential)}`,
      data: { user, reason: first === undefined ? 'password' : 'totp' },
    });
    this.#refusal = { fault, at: now(), secret: password };
    throw fault;
  }

  async #answerChallenge(challenge: string, signal: AbortSignal): Promise<z.infer<typeof rawTicket> | undefined> {
    const { host, user, totp, readSecret, secrets, now } = this.#settings;
    if (totp === undefined) {
      throw new Fault('denied', `The host "${host}" asks ${user} for a second factor, and none is set.`, {
        remedy:
          'Keep the secret of a TOTP factor with "vmbridge credential set", name it in totp, or use an API token.',
        data: { field: 'totp', user },
      });
    }
    const secret = secrets.add(await readSecret(totp, signal));
    const key = decodeBase32(secret);
    const next = (this.#lastPeriod + 1) * totpPeriod * 1000;
    // A timer may come a little before its time.
    while (next > now()) await delay(next - now() + 1, undefined, { signal });
    this.#lastPeriod = Math.floor(now() / 1000 / totpPeriod);
    const password = `totp:${secrets.add(computeTotp(key, now() / 1000))}`;
    return this.#ask({ password, 'tfa-challenge': challenge }, signal);
  }

  async #ask(
    params: Record<string, string | boolean>,
    signal: AbortSignal,
  ): Promise<z.infer<typeof rawTicket> | undefined> {
    const raw = await this.#settings.logIn({ username: this.#settings.user, ...params }, signal);
    if (raw === undefined) return undefined;
    const answer = parseReply(rawTicket, raw, 'the ticket');
    this.#settings.secrets.add(answer.ticket);
    if (answer.CSRFPreventionToken !== undefined) this.#settings.secrets.add(answer.CSRFPreventionToken);
    return answer;
  }

  #keep({ ticket, CSRFPreventionToken = '' }: z.infer<typeof rawTicket>): Ticket {
    this.#refusal = undefined;
    return { text: ticket, csrf: CSRFPreventionToken, madeAt: this.#settings.now() };
  }
}
