import type { JsonSchema } from '../json-schema.ts';
import { itemsOf, listFields } from './field.ts';

export interface Shape {
  readonly title?: string | undefined;
  /** By field: `time`, or the name of the shape of the object or of each item of the list. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Collects what is known of the objects that come, for turning them into typed ones. */
export class ShapeTable {
  readonly shapes = new Map<string, Shape>();

  /** The name of the shape of such objects, or of each item; none when nothing has to be known of them. */
  add(schema: JsonSchema): string | undefined {
    const items = itemsOf(schema);
    if (items !== undefined) return this.add(items);
    if (schema.type === 'string') return schema.format === 'date-time' ? 'time' : undefined;
    if (schema.type !== 'object') return undefined;
    const entries = listFields(schema).flatMap(field => {
      const kind = this.add(field.schema);
      return kind === undefined ? [] : [[field.name, kind] as const];
    });
    const title = typeof schema.title === 'string' ? schema.title : undefined;
    if (title === undefined && entries.length === 0) return undefined;
    return this.#name(title, Object.fromEntries(entries));
  }

  #name(title: string | undefined, fields: Record<string, string>): string {
    if (title !== undefined) {
      const known = this.shapes.get(title);
      this.shapes.set(title, { title, fields: { ...known?.fields, ...fields } });
      return title;
    }
    const text = JSON.stringify(fields);
    const known = [...this.shapes].find(
      ([, shape]) => shape.title === undefined && JSON.stringify(shape.fields) === text,
    );
    if (known !== undefined) return known[0];
    const name = `#${[...this.shapes.values()].filter(shape => shape.title === undefined).length + 1}`;
    this.shapes.set(name, { fields });
    return name;
  }
}
