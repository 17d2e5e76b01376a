import { offerPassphrase } from '../../../bridge/credentials/passphrase.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Session } from '../session.ts';
import { askLine, hasPerson } from './ask-line.ts';

const mostAttempts = 3;

/** Does the work again with the passphrase of the secrets, when the work has failed for want of it and a person can be asked. */
export async function withPassphrase<Result>(
  session: Session,
  failed: unknown,
  work: () => Promise<Result>,
): Promise<Result> {
  let fault = failed;
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const need = fault instanceof Fault ? fault.data?.passphrase : undefined;
    if (need === undefined || !hasPerson()) throw fault;
    if (fault instanceof Fault && fault.code !== 'unavailable') session.warn(`vmbridge: ${fault.message}`);
    offerPassphrase(need === 'known' ? await askKnown(session) : await askNew(session));
    try {
      return await work();
    } catch (error) {
      fault = error;
    }
  }
  throw fault;
}

function askKnown(session: Session): Promise<string> {
  return askLine(session, 'Passphrase of the secrets: ', { hidden: true });
}

async function askNew(session: Session): Promise<string> {
  session.warn('This system has no store of secrets that can be used. A passphrase seals them instead;');
  session.warn('without it nobody can read them again.');
  for (;;) {
    const passphrase = await askLine(session, 'New passphrase: ', { hidden: true });
    if (passphrase === (await askLine(session, 'Once more: ', { hidden: true }))) return passphrase;
    session.warn('vmbridge: These two differ.');
  }
}
