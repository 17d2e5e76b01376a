import { rootUuid } from '../sample/file-systems.ts';

/** Begins the room in grub.cfg in which a variant of the disk puts its own settings, without touching anything else. */
export const settingsMark = '# Settings of this disk:\n';
/** How much room there is, in bytes. */
export const settingsLength = 1024;

/** Comment lines: they fill the room without a meaning. */
export function padSettings(lines: readonly string[]): string {
  const text = lines.map(line => `${line}\n`).join('');
  const left = settingsLength - text.length;
  if (left < 2) throw new Error('the settings do not fit into the room for them');
  return `${text}${'#'.repeat(left - 1)}\n`;
}

/** A menu as Debian's grub-mkconfig writes it, as far as it matters to a boot. It fits into one block of the file system. */
export function encodeGrubMenu(version: string, { graphical }: { readonly graphical: boolean }): string {
  const lines = [
    'set default=0',
    'set timeout=1',
    `set version=${version}`,
    `set root_device=UUID=${rootUuid}`,
    'set parameters=quiet',
    ...(graphical
      ? [
          'if loadfont unicode ; then',
          '  set gfxmode=auto',
          '  insmod all_video',
          '  insmod gfxterm',
          '  terminal_output gfxterm',
          'fi',
        ]
      : []),
    'set menu_color_normal=cyan/blue',
    'set menu_color_highlight=white/blue',
    ...entry('Debian GNU/Linux', ''),
    ...entry('Debian GNU/Linux (recovery mode)', 'single '),
  ];
  const [head, tail] = [lines.slice(0, 5), lines.slice(5)].map(part => part.map(line => `${line}\n`).join(''));
  return `${head}${settingsMark}${padSettings([])}${tail}`;
}

function entry(title: string, extra: string): string[] {
  return [
    `menuentry '${title}' --class debian --class gnu-linux --class gnu --class os {`,
    `  search --no-floppy --fs-uuid --set=root ${rootUuid}`,
    "  echo 'Loading Linux ...'",
    `  linux /boot/vmlinuz-$version root=$root_device ro ${extra}$parameters`,
    "  echo 'Loading initial ramdisk ...'",
    '  initrd /boot/initrd.img-$version',
    '}',
  ];
}
