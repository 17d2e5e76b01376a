import { Fault } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { isVhdFooter } from '../vhd/vhd-footer.ts';
import { hasIsoDescriptor } from './has-iso-descriptor.ts';
import { isDescriptor } from './vmdk/read-descriptor-file.ts';

interface Magic {
  readonly at: number;
  readonly bytes: string;
}

const known: readonly (Magic & { readonly format: ImageFormat })[] = [
  { at: 0, bytes: 'vhdxfile', format: 'vhdx' },
  { at: 0, bytes: 'conectix', format: 'vhd' },
  { at: 0, bytes: 'QFI\xfb\0\0\0\x02', format: 'qcow2' },
  { at: 0, bytes: 'QFI\xfb\0\0\0\x03', format: 'qcow2' },
  { at: 0, bytes: 'KDMV', format: 'vmdk' },
  { at: 0, bytes: 'COWD', format: 'vmdk' },
  { at: 64, bytes: '\x7f\x10\xda\xbe', format: 'vdi' },
];

const convert = 'Convert it first: qemu-img convert -O qcow2 IMAGE NEW.qcow2';
const unpack = 'Unpack it first and name the image inside of it.';
// Reading these as raw disks would give a wrong answer instead of none.
const foreign: readonly (Magic & { readonly what: string; readonly remedy: string })[] = [
  { at: 0, bytes: 'QFI\xfb', what: 'a qcow image of another version than 2 or 3', remedy: convert },
  { at: 0, bytes: 'QED\0', what: 'a QED image', remedy: convert },
  { at: 0, bytes: 'WithoutFreeSpace', what: 'a Parallels image', remedy: convert },
  { at: 0, bytes: 'WithouFreSpacExt', what: 'a Parallels image', remedy: convert },
  { at: 0, bytes: '\x1f\x8b\x08', what: 'a gzip archive', remedy: unpack },
  { at: 0, bytes: '\xfd7zXZ\0', what: 'an xz archive', remedy: unpack },
  { at: 0, bytes: 'BZh', what: 'a bzip2 archive', remedy: unpack },
  { at: 0, bytes: '\x28\xb5\x2f\xfd', what: 'a Zstandard archive', remedy: unpack },
  { at: 0, bytes: 'PK\x03\x04', what: 'a zip archive', remedy: unpack },
  { at: 0, bytes: '7z\xbc\xaf\x27\x1c', what: 'a 7-Zip archive', remedy: unpack },
  { at: 0, bytes: 'Rar!\x1a\x07', what: 'a RAR archive', remedy: unpack },
  {
    at: 0,
    bytes: 'MSWIM\0\0\0',
    what: 'a Windows imaging (WIM) file',
    remedy: 'Apply it to a disk first (dism /Apply-Image).',
  },
  {
    at: 0,
    bytes: 'VMA\0',
    what: 'a backup of Proxmox VE',
    remedy: 'Take its disks out first: vma extract FILE FOLDER',
  },
  { at: 257, bytes: 'ustar', what: 'a tar archive (perhaps an OVA)', remedy: unpack },
];

/**
 * The format of a file by its content alone; what has no mark of any format is a raw disk. Archives and formats that can not be
 * read are Faults `unsupported`, not raw disks.
 */
export async function detectFormat(file: ByteReader, signal?: AbortSignal): Promise<ImageFormat> {
  const head = await file.read(0, Math.min(4096, file.size), signal);
  const matches = (magic: Magic) => head.toString('latin1', magic.at, magic.at + magic.bytes.length) === magic.bytes;
  const format = known.find(matches)?.format;
  if (format) return format;
  if (isDescriptor(head.toString('utf8', 0, 512))) return 'vmdk';
  for (const size of [512, 511]) {
    if (file.size >= 1024 && isVhdFooter(await file.read(file.size - size, size, signal))) return 'vhd';
  }
  if (await hasIsoDescriptor(file, signal)) return 'iso';
  const bootSector = head.length >= 512 && head.readUInt16LE(510) === 0xaa55;
  const other = bootSector ? undefined : foreign.find(matches);
  if (other) {
    throw new Fault('unsupported', `"${file.path}" is ${other.what}, not a disk image that can be read.`, {
      remedy: other.remedy,
      data: { path: file.path, structure: 'file', offset: other.at, found: other.what },
    });
  }
  return 'raw';
}
