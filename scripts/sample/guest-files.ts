import { agentSteps } from './agent-files.ts';

/** What the guest does once its kernel runs. */
export type GuestBehaviour = 'login' | 'freeze' | 'exit' | 'emergency-shell';
export type GuestConsole = 'screen' | 'serial' | 'both';

export interface GuestOptions {
  behaviour: GuestBehaviour;
  console: GuestConsole;
  hostname: string;
  /** Seconds of visible work before the guest does what it does. */
  workSeconds: number;
  /** Also runs QEMU's guest agent, DHCP on the first network card and a web server on port 80. */
  agent?: boolean | undefined;
}

/** Disk drivers for whichever bus the disk is on (NVMe and ext4 are built in), the power button and its event device. */
export const guestModules = [
  'button',
  'evdev',
  'sd_mod',
  'ata_piix',
  'ata_generic',
  'ahci',
  'virtio_pci',
  'virtio_blk',
];

function terminals(kind: GuestConsole): string[] {
  return { screen: ['tty1'], serial: ['ttyS0'], both: ['tty1', 'ttyS0'] }[kind];
}

/** Kernel parameters that send its messages to the chosen consoles. The last one named becomes /dev/console. */
export function consoleParameters(kind: GuestConsole): string {
  return { screen: 'console=tty0', serial: 'console=ttyS0,115200', both: 'console=ttyS0,115200 console=tty0' }[kind];
}

const loginSteps = (kind: GuestConsole) => `
say "Starting login."
${terminals(kind)
  .map(
    terminal =>
      `(while true; do setsid getty ${terminal === 'ttyS0' ? '-L ' : ''}115200 ${terminal} linux; sleep 1; done) &`,
  )
  .join('\n')}
`;

function behaviourSteps({ behaviour, console }: GuestOptions): string {
  switch (behaviour) {
    case 'login':
      return loginSteps(console);
    case 'freeze':
      // No modules, so no power button either: nothing that is asked of a frozen machine is answered.
      return 'say "Starting services."\nsay "Waiting for device sd-card"\nwhile true; do sleep 3600; done\n';
    case 'emergency-shell':
      return 'say "ALERT! The root file system does not exist. Dropping to a shell!"\nsetsid cttyhack sh &\n';
    case 'exit':
      return 'say "init is leaving."\nexit 1\n';
  }
}

/** The guest's first program, run by busybox from the initial root file system. */
export function initScript(options: GuestOptions): string {
  const said = terminals(options.console)
    .map(terminal => `echo "$1" >/dev/${terminal};`)
    .join(' ');
  return `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /run /mnt /usr/bin /usr/sbin
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root TERM=linux PS1='(initramfs) '
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
say() { ${said} }
hostname ${options.hostname}
say "Welcome to ${options.hostname}."
load() { while read -r module; do insmod "/modules/$module.ko" 2>/dev/null; done </modules/order; }
i=0; while [ "$i" -lt ${options.workSeconds} ]; do i=$((i + 1)); say "Preparing the system, step $i of ${options.workSeconds}."; sleep 1; done
# What the kernel says from here on would land behind the prompt.
dmesg -n 1
${behaviourSteps(options)}
load
${options.agent ? agentSteps : ''}# busybox reads the power button's events and runs /etc/acpi/PWRF/00000080 for them.
acpid -c /etc/acpi -l /dev/null 2>/dev/null
for i in 1 2 3 4 5; do
  device=$(findfs LABEL=vmbridge-root 2>/dev/null) && mount -t ext4 "$device" /mnt 2>/dev/null && date >>/mnt/var/log/boots && sync && break
  sleep 1
done
while true; do sleep 3600; done
`;
}

/** Runs on the power button. The disk is let go first; -f because there is no init system to ask. */
export const powerOffScript = '#!/bin/sh\numount /mnt 2>/dev/null\npoweroff -f\n';

/** Text files that make the root file system look like what it is. */
export function systemFiles(hostname: string, rootUuid: string): Record<string, string> {
  return {
    'etc/os-release': `NAME="vmbridge sample"\nPRETTY_NAME="vmbridge sample 1"\nID=vmbridge-sample\nID_LIKE=debian\nVERSION_ID="1"\n`,
    'etc/hostname': `${hostname}\n`,
    'etc/fstab': `UUID=${rootUuid} / ext4 defaults 0 1\n`,
    'var/log/boots': '',
  };
}
