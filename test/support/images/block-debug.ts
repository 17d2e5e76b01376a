/** QEMU's description of a file whose `write`th write fails, so that it stays as a power cut leaves it. */
export function blockDebug(file: string, write: number): Record<string, unknown> {
  const states = Array.from({ length: write - 1 }, (_, index) => index + 1);
  return {
    driver: 'blkdebug',
    image: { driver: 'file', filename: file },
    'set-state': states.map(state => ({ event: 'pwritev', state, new_state: state + 1 })),
    'inject-error': [{ event: 'pwritev', state: write, errno: 5, immediately: true }],
  };
}
