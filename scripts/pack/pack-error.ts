/** What whoever packs can mend: said without a stack. */
export class PackError extends Error {
  readonly remedy: string;
  readonly status: number;

  constructor(message: string, remedy: string, status = 1) {
    super(message);
    this.remedy = remedy;
    this.status = status;
  }
}
