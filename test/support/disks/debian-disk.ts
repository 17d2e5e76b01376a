import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { padSettings, settingsMark } from '../../../scripts/debian-disk/grub-menu.ts';
import { type DebianLayout, layDebianDisk } from '../../../scripts/debian-disk/lay-debian-disk.ts';
import { missingDebianTools } from '../../../scripts/debian-disk/missing-debian-tools.ts';
import { buildOnce, contentKey } from '../../../scripts/sample/build-cache.ts';
import { guidOf } from '../images/vhdx-layout.ts';
import { missingImageTools } from '../missing-image-tools.ts';
import { type DiskChange, makeDirtyChild, makeDirtyVhdx } from './dirty-vhdx.ts';
import { diskFolder } from './disk-folder.ts';
import { encodeLuksHeader } from './luks-header.ts';

/**
 * Real Debian systems, made with debootstrap once and kept beside the other test images. Each is a dynamic VHDX whose log was
 * never replayed; what differs from it by a few settings is a child of it, as a checkpoint is.
 */

export const rootPassword = 'vmbridge';
export const lockedUuid = '0c9a7b52-3e1d-4d8f-9a60-71b2c3d4e5f6';

const diskName = 'disk.vhdx';
const dataWriteId = guidOf(1);

/** The small kernel has drivers for virtio and NVMe disks, but none for graphics nor for AHCI; the usual one has all. */
const kinds = {
  text: { kernel: 'linux-image-cloud-amd64', graphical: false, packages: [] },
  lightdm: {
    kernel: 'linux-image-amd64',
    graphical: true,
    packages: ['xserver-xorg-core', 'lightdm', 'lightdm-gtk-greeter', 'fonts-dejavu-core'],
  },
} as const;
export type DebianKind = keyof typeof kinds;

interface DebianDisk {
  /** Path of the read-only image. */
  readonly image: string;
  readonly layout: DebianLayout;
}

/** Why none can be built here, in words for a skipped test; undefined when they can. */
export async function missingForDebian(): Promise<string | undefined> {
  return missingImageTools() ?? (await missingDebianTools());
}

/** A Debian that boots by UEFI and by BIOS to its login: on the text console, or LightDM with its GTK greeter. */
export async function debianDisk(kind: DebianKind = 'text'): Promise<DebianDisk> {
  const target = await buildOnce(path.join(diskFolder, kind), async work => {
    const result = path.join(work, 'result');
    mkdirSync(result);
    const raw = path.join(work, 'disk.raw');
    const recipe = { ...kinds[kind], hostname: 'debian', rootPassword, locked: encodeLuksHeader(lockedUuid) };
    const layout = await layDebianDisk(work, raw, recipe);
    await makeDirtyVhdx(raw, path.join(result, diskName), { dataWriteId });
    writeFileSync(path.join(result, 'layout.json'), JSON.stringify(layout));
    return result;
  });
  return {
    image: path.join(target, diskName),
    layout: JSON.parse(readFileSync(path.join(target, 'layout.json'), 'utf8')),
  };
}

/** The same disk with further lines in the settings of GRUB's menu: a child of it, made at once. */
export async function debianVariant(settings: readonly string[], kind: DebianKind = 'text'): Promise<string> {
  const { image, layout } = await debianDisk(kind);
  const name = `variant-${contentKey(settings)}.avhdx`;
  return buildOnce(path.join(path.dirname(image), name), async work => {
    const result = path.join(work, name);
    makeDirtyChild(result, { name: diskName, dataWriteId, size: layout.size }, [changeMenu(layout, settings)]);
    return result;
  });
}

function changeMenu({ grubMenu, grubMenuText }: DebianLayout, settings: readonly string[]): DiskChange {
  const start = grubMenuText.indexOf(settingsMark) + settingsMark.length;
  const changed = padSettings(settings);
  const text = grubMenuText.slice(0, start) + changed + grubMenuText.slice(start + changed.length);
  const content = Buffer.alloc(4096);
  content.write(text);
  return { offset: grubMenu, content };
}
