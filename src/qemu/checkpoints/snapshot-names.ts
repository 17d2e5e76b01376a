/** QEMU knows the snapshots by these names, which are never made of what a user typed. */
const prefix = 'vmbridge-';

/** What the disks hold while a checkpoint is returned to, so that a failure loses nothing. */
export const undoTag = `${prefix}undo`;

export function tagOf(checkpoint: string): string {
  return `${prefix}${checkpoint}`;
}

export function isOurTag(tag: string): boolean {
  return tag.startsWith(prefix);
}

/** Memory has a file of its own: it goes with the checkpoint, and a disk that ran full while it was saved is free again. */
export function memoryFileOf(checkpoint: string): string {
  return `memory-${checkpoint}.qcow2`;
}
