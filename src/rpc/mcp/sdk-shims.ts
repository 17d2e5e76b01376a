// Takes the place of the SDK's `_shims` module in the bundle.
export { default as process } from 'node:process';

/** Stands for the validator of answers to elicitation, which vmbridge checks itself; ajv would be loaded by every start. */
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('vmbridge is built without a JSON Schema validator.');
  }
}
