import { z } from 'zod';
import { imageProve } from '../image.ts';

/** How each image of several is proved: what image.prove takes, but for what belongs to one image alone. */
const fields = imageProve.input.omit({ image: true, evidenceFolder: true });

/**
 * One field for all of them. Its schema in lists says no more than that it is an object, as the fields stand there already;
 * what is given is checked by them all the same.
 */
export const proofOptions = z
  .looseObject({})
  .optional()
  .transform((raw, context) => {
    const { data, error } = fields.safeParse(raw ?? {});
    if (data !== undefined) return data;
    for (const issue of error.issues) {
      const names = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 5) : [];
      for (const name of names)
        context.addIssue({ code: 'custom', path: [...issue.path, name], message: 'there is no such field' });
      if (names.length === 0) context.addIssue({ code: 'custom', path: issue.path, message: issue.message });
    }
    return z.NEVER;
  })
  .describe('Further fields of image.prove.')
  // The checks among them may hold a password.
  .meta({ secret: true });
