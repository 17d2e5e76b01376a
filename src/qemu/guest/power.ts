import type { QmpChannel } from '../qmp/qmp-channel.ts';

/** The commands by which a machine is held, let go on and ended. */
export const power = {
  pause: (qmp: QmpChannel, signal?: AbortSignal) => qmp.execute('stop', {}, signal),
  goOn: (qmp: QmpChannel, signal?: AbortSignal) => qmp.execute('cont', {}, signal),
  pressButton: (qmp: QmpChannel, signal?: AbortSignal) => qmp.execute('system_powerdown', {}, signal),
  /** Says what becomes of QEMU when the guest shuts down. */
  onShutdown: (qmp: QmpChannel, shutdown: 'pause' | 'poweroff', signal?: AbortSignal) =>
    qmp.execute('set-action', { shutdown }, signal),
  /** A guest that has shut down is held; it starts when it goes on. */
  async reset(qmp: QmpChannel, signal?: AbortSignal): Promise<void> {
    await qmp.execute('system_reset', {}, signal);
    await qmp.execute('cont', {}, signal);
  },
  quit: (qmp: QmpChannel, signal?: AbortSignal) => qmp.execute('quit', {}, signal),
} as const;
