import { computeTotp } from '../../../../../src/providers/proxmox/client/totp.ts';
import { type Answer, type Asked, reply } from './node-server.ts';

/** The logins of a cluster: who asks gets a ticket, and whoever has one gets an answer. */
export class TicketDesk {
  password = 'correct horse';
  /** Key of the second factor, if the account has one. */
  totpKey: Buffer | undefined;
  /** Bodies of the logins, decoded. */
  readonly logins: Record<string, string>[] = [];
  readonly codes: string[] = [];
  /** Whether an old ticket gets a new one. */
  renews = true;
  now: () => number = Date.now;
  #count = 0;
  #valid = new Set<string>();

  /** No ticket that was given is good any more. */
  expireAll(): void {
    this.#valid.clear();
  }

  /** Whether a question comes with a ticket that is good. */
  admits({ method, headers }: Asked): boolean {
    const ticket = /PVEAuthCookie=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
    return this.#valid.has(ticket) && (method === 'GET' || headers.csrfpreventiontoken === `csrf-of-${ticket}`);
  }

  readonly answer: Answer = (asked, response) => {
    if (asked.target === '/api2/json/access/ticket')
      return this.#logIn(Object.fromEntries(new URLSearchParams(asked.body)), response);
    if (!this.admits(asked)) {
      response.statusMessage = 'permission denied - invalid PVE ticket';
      return response.writeHead(401).end();
    }
    return reply(response, { csrf: asked.headers.csrfpreventiontoken !== undefined });
  };

  #logIn(form: Record<string, string>, response: Parameters<Answer>[1]): unknown {
    this.logins.push(form);
    const { password = '' } = form;
    const challenge = form['tfa-challenge'];
    const isCode = password.startsWith('totp:') && this.#valid.has(challenge ?? '');
    if (isCode) {
      const code = password.slice(5);
      // The code of the last period is good too, as it may have been under way.
      const right = [0, 30].some(
        late => code === computeTotp(this.totpKey ?? Buffer.alloc(0), this.now() / 1000 - late),
      );
      const used = this.codes.includes(code);
      this.codes.push(code);
      return right && !used ? this.#give(response) : this.#refuse(response);
    }
    if (this.renews && this.#valid.has(password)) return this.#give(response);
    if (password !== this.password) return this.#refuse(response);
    if (this.totpKey === undefined) return this.#give(response);
    const ticket = `PVE:!tfa!%7B%22totp%22%3Atrue%7D:${++this.#count}::sign/ature+==`;
    this.#valid.add(ticket);
    return reply(response, { ticket, NeedTFA: 1, username: form.username, CSRFPreventionToken: 'none' });
  }

  #give(response: Parameters<Answer>[1]): void {
    const ticket = `PVE:root@pam:${++this.#count}::sign/ature+==`;
    this.#valid.add(ticket);
    reply(response, { ticket, CSRFPreventionToken: `csrf-of-${ticket}`, username: 'root@pam' });
  }

  #refuse(response: Parameters<Answer>[1]): void {
    response.statusMessage = 'authentication failure';
    response.writeHead(401).end();
  }
}
