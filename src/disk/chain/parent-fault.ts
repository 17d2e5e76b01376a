import { Fault, type FaultCode } from '../../errors/fault.ts';
import { baseName } from './list-candidates.ts';
import type { ParentSearch } from './parent-search.ts';
import { showName } from './show-name.ts';

/** A file that was looked at for a parent, and why it is not the one. */
export interface TriedFile {
  readonly path: string;
  readonly outcome: 'missing' | 'other' | 'loop' | 'denied' | 'unreadable';
  /** The id that it has instead. */
  readonly id?: string;
  readonly problem?: string;
}

const mostNamed = 12;

/** The Fault for a parent that could not be found: by the file that came closest to being it. */
export function explainParent(search: ParentSearch, tried: readonly TriedFile[]): Fault {
  const child = showName(search.child);
  const name = showName(baseName(search.places[0] ?? ''));
  const parent = name === '' ? 'its parent, whose name is not recorded' : `its parent "${name}"`;
  const has = (outcome: TriedFile['outcome']) => tried.some(each => each.outcome === outcome);
  const given = `or give its place in "parents" (--parents)`;
  const [code, what, remedy]: readonly [FaultCode, string, string] = has('loop')
    ? [
        'invalid',
        `"${child}" names ${parent}, and the chain of parents is a loop`,
        'Restore the image whose parent is wrong.',
      ]
    : has('other')
      ? [
          'conflict',
          `"${child}" needs ${parent} as it was when the child was made, and what was found is another disk or was changed since`,
          `Restore the parent with the id ${search.ids.join(' or ')} from the same backup as the child, ${given}.`,
        ]
      : has('denied')
        ? [
            'denied',
            `"${child}" needs ${parent}, which may not be read by this user`,
            'Give this user the right to read it.',
          ]
        : has('unreadable')
          ? ['invalid', `"${child}" needs ${parent}, which can not be read`, `Restore it from another copy, ${given}.`]
          : [
              'not_found',
              `"${child}" needs ${parent}, which was not found`,
              name === '' ? `Find it, ${given}.` : `Put "${name}" beside the child, ${given}.`,
            ];
  return new Fault(code, `${what}. Tried: ${describeTried(tried)}.`, {
    remedy,
    data: {
      path: search.child,
      structure: 'parent locator',
      offset: 0,
      reason: reasons[code],
      parentIds: search.ids,
      recorded: search.places.map(showName),
      tried: tried.map(each => ({ ...each, path: showName(each.path) })),
    },
  });
}

const reasons: Partial<Record<FaultCode, string>> = {
  not_found: 'missing_parent',
  conflict: 'changed_parent',
  denied: 'unreadable_parent',
};

function describeTried(tried: readonly TriedFile[]): string {
  if (tried.length === 0) return 'nothing, since the image records no place';
  const named = tried.slice(0, mostNamed).map(each => `"${showName(each.path)}" (${describeOutcome(each)})`);
  const more = tried.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function describeOutcome({ outcome, id, problem }: TriedFile): string {
  switch (outcome) {
    case 'missing':
      return 'does not exist';
    case 'other':
      return `has the id ${id}`;
    case 'loop':
      return 'is a child of its own';
    default:
      return problem ?? 'can not be read';
  }
}
