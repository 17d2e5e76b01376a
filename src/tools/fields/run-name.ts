import { z } from 'zod';

/** Becomes the name of a folder, of a unit and of a task, on every system: no letter case, and no word that Windows reserves. */
export const runName = z
  .string()
  .regex(
    /^(?!(con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9][a-z0-9-]{0,39}$/,
    'must be 1 to 40 lower-case letters, digits and hyphens, and no name of a device',
  );
