import type { Value, Values } from '../schema/check-parameters.ts';

/** What was sent, after it was checked against the schema. */
export class Parameters {
  readonly values: Values;

  constructor(values: Values) {
    this.values = values;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  text(name: string): string {
    const value = this.values[name];
    if (value === undefined) throw new Error(`The schema does not ask for ${name}.`);
    return String(value);
  }

  maybeText(name: string): string | undefined {
    return this.values[name] === undefined ? undefined : this.text(name);
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  maybeNumber(name: string): number | undefined {
    return this.values[name] === undefined ? undefined : this.number(name);
  }

  flag(name: string): boolean {
    return this.values[name] === true || this.values[name] === 1 || this.values[name] === '1';
  }

  list(name: string): readonly Value[] {
    const value = this.values[name];
    return Array.isArray(value) ? (value as readonly Value[]) : [];
  }

  /** Words of a list that is one text, e.g. `delete=net0,scsi1`. */
  words(name: string): string[] {
    return (this.maybeText(name) ?? '').split(/[,;\s]+/).filter(word => word !== '');
  }
}
