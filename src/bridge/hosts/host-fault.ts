import { explainError } from '../../errors/explain-error.ts';
import { Fault } from '../../errors/fault.ts';
import type { HostCheck } from '../../providers/define-provider.ts';

/** A failed step of what was thrown. */
export function asHostCheck(name: string, error: unknown): HostCheck {
  return { name, passed: false, ...explainError(error), fault: error instanceof Fault ? error : undefined };
}

/** The Fault for a host that is not added, as a step of its test has failed. */
export function testFault(host: string, failed: HostCheck, checks: readonly HostCheck[]): Fault {
  const { fault, name, reason, remedy } = failed;
  const data = { ...fault?.data, check: name, checks: checks.map(withoutFault) };
  const untested = 'To add it untested: --skip-test';
  return new Fault(fault?.code ?? 'unavailable', `The host "${host}" was not added: ${reason}`, {
    remedy: remedy === undefined ? untested : `${remedy} ${untested}`,
    data,
    cause: fault,
  });
}

/** As answers show it. */
export function withoutFault({ fault: _, ...check }: HostCheck): Omit<HostCheck, 'fault'> {
  return check;
}
