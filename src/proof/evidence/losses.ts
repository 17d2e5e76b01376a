import { Fault } from '../../errors/fault.ts';

const mostNamed = 5;

/** Whether an error says that there is no room. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].some(code => isCode(error, code));
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Whether the system refused something, be it for want of room, of a right or of a disk that answers. */
export function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code);
}

/** Why nothing can be written into a folder of evidence. */
export function explainFolder(error: unknown, folder: string): Fault {
  const full = isFull(error);
  const message = full
    ? `The disk of the evidence folder ${folder} is full.`
    : `The evidence folder ${folder} can not be written.`;
  return new Fault(full ? 'host_fault' : 'denied', message, {
    remedy: full ? 'Free some space there, or name another evidenceFolder.' : 'Name another evidenceFolder.',
    data: { field: 'evidenceFolder', path: folder },
    cause: error,
  });
}

/** What of some evidence could not be kept, and why: a verdict stands without it. */
export class Losses {
  readonly #folder: string;
  readonly #names = new Set<string>();
  #cause: unknown;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(name: string, cause: unknown): void {
    this.#names.add(name);
    this.#cause = cause;
  }

  /** For the warnings of a proof: one sentence, or none when all was kept. */
  describe(): string[] {
    if (this.#names.size === 0) return [];
    const names = [...this.#names];
    const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
    const { message, remedy } = explainFolder(this.#cause, this.#folder);
    return [
      `Not all of the evidence was kept: ${message} Missing: ${names.slice(0, mostNamed).join(', ')}${more}. ${remedy}`,
    ];
  }

  /** The same for when nothing was kept. */
  describeAll(): string {
    const { message, remedy } = explainFolder(this.#cause, this.#folder);
    return `The evidence of this proof could not be kept, nor signed: ${message} ${remedy}`;
  }
}
