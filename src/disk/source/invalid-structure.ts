import { Fault } from '../../errors/fault.ts';

/** The Fault for a file whose content contradicts itself: names the structure and the byte where it begins. */
export function invalidStructure(
  path: string,
  structure: string,
  offset: number,
  problem: string,
  facts: Readonly<Record<string, unknown>> = {},
): Fault {
  return new Fault('invalid', `The ${structure} of "${path}" at byte ${offset} ${problem}.`, {
    remedy:
      'The image is damaged, cut short or not what it claims to be: fetch it again or restore it from another copy.',
    data: { path, structure, offset, problem, ...facts },
  });
}
