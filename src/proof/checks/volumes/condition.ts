/** Why a file system of a backup is not clean, most often, and what to do; goes on behind a colon. */
export const inUse =
  'it was copied while in use, or not shut down. Shut the machine down or freeze its file systems for the backup; its system repairs this at the next start.';
