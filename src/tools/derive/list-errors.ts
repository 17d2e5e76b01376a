import { faultCode } from '../../model/fault-report.ts';
import type { Tool } from '../define-tool.ts';

/** What the bridge itself may answer to any call: bad input, the guard, a provider that is away, a cancel, a bug. */
const common: readonly string[] = ['invalid', 'denied', 'unavailable', 'cancelled', 'failed'];

/** Every code that a call of the tool can end with, in the order of the closed list. */
export function listErrors(tool: Tool): Tool['errors'] {
  const isHeld = (tool.effect === 'change' || tool.effect === 'destroy') && tool.doors !== 'people';
  const isAsked = isHeld && tool.id !== 'operation.cancel';
  const own = [...tool.errors, ...(isAsked ? ['approval_required'] : [])];
  return faultCode.options.filter(code => own.includes(code) || common.includes(code));
}
