/** Names of the files in a guest's folder. QEMU runs in that folder and gets them as they are here. */
export const guestFiles = {
  serial: 'serial.log',
  firmwareLog: 'firmware.log',
  variables: 'variables.fd',
  record: 'machine.json',
  processId: 'qemu.pid',
  /** Made before vmbridge kills a QEMU: its end is then no breakdown. */
  stopped: 'stopped.txt',
  /** What QEMU writes to standard error, of a machine that outlives its server. */
  engineLog: 'qemu.log',
  overlay: 'overlay.qcow2',
} as const;
