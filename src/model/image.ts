import { z } from 'zod';
import { byteCount } from './primitives.ts';

export const imageFormat = z.enum(['vhdx', 'vhd', 'qcow2', 'vmdk', 'vdi', 'raw', 'iso']);
export type ImageFormat = z.infer<typeof imageFormat>;

export const firmware = z.enum(['uefi', 'bios']);
export type Firmware = z.infer<typeof firmware>;

export const partition = z
  .strictObject({
    number: z.int().min(1).describe('Number in the table, from 1.'),
    start: byteCount.describe('First byte on the virtual disk.'),
    size: byteCount,
    type: z.string().describe('Type GUID (GPT) or hexadecimal type byte (MBR), e.g. "0x83".'),
    typeName: z.string().describe('The type in words, e.g. "EFI System".'),
    name: z.string().optional().describe('Partition name of a GPT entry.'),
    active: z.boolean().describe('MBR active flag, or the GPT legacy BIOS bootable attribute.'),
    fileSystem: z
      .string()
      .optional()
      .describe('e.g. "fat32", "ntfs", "ext4", "xfs", "btrfs", "swap", "lvm2", "luks", "bitlocker".'),
    label: z.string().optional().describe('Volume label.'),
  })
  .meta({ title: 'Partition', columns: ['number', 'typeName', 'fileSystem', 'label', 'start', 'size', 'active'] });
export type Partition = z.infer<typeof partition>;

export const obstacle = z
  .strictObject({
    code: z.string().describe('A stable word for programs, e.g. "dirty_log", "bitlocker", "missing_parent".'),
    blocking: z.boolean().describe('True when the image can not boot as it is.'),
    message: z.string(),
    remedy: z.string().optional(),
  })
  .meta({ title: 'Obstacle', columns: ['code', 'blocking', 'message', 'remedy'] });
export type Obstacle = z.infer<typeof obstacle>;

export const guestSystem = z
  .strictObject({
    family: z.enum(['windows', 'linux', 'bsd', 'other', 'unknown']),
    name: z.string().optional().describe('e.g. "Debian GNU/Linux 12 (bookworm)".'),
    architecture: z.enum(['x86_64', 'x86', 'aarch64', 'unknown']),
    displayManager: z
      .string()
      .optional()
      .describe('What shows the graphical login, where one is set up, e.g. "lightdm".'),
    evidence: z.array(z.string()).describe('What on the disk says so.'),
  })
  .meta({ title: 'GuestSystem', columns: ['family', 'name', 'architecture', 'displayManager'] });
export type GuestSystem = z.infer<typeof guestSystem>;

export const logEntry = z.strictObject({
  sequence: z.string().describe('Sequence number, in decimal digits.'),
  offset: byteCount.describe('Where the entry begins in the file.'),
  length: byteCount,
  writes: z.int().min(0).describe('Sectors of 4096 bytes that it puts in their place.'),
  zeroBytes: byteCount.describe('Bytes that it sets to zero.'),
});
export type LogEntry = z.infer<typeof logEntry>;

export const layerLog = z.strictObject({
  state: z
    .enum(['clean', 'idle', 'dirty'])
    .describe('"dirty": replayed in memory when read; "idle": not closed, but nothing to replay.'),
  offset: byteCount,
  length: byteCount,
  entries: z.array(logEntry).describe('What is replayed, oldest first; the first 100.'),
  totalEntries: z.int().min(0),
});
export type LayerLog = z.infer<typeof layerLog>;

export const allocation = z.strictObject({
  blocks: z.int().min(0),
  present: z.int().min(0).describe('Blocks that the file holds in full.'),
  partlyPresent: z.int().min(0).describe("Blocks of which it holds some sectors, the rest being the parent's."),
  zero: z.int().min(0).describe('Blocks that its table calls zero or unused.'),
  allocatedBytes: byteCount.describe('Bytes of the file that blocks take up.'),
});
export type Allocation = z.infer<typeof allocation>;

export const diskLayer = z
  .strictObject({
    path: z.string(),
    format: imageFormat,
    variant: z.string().optional(),
    virtualSize: byteCount,
    fileSize: byteCount,
    sectorSize: z.int(),
    blockSize: z.int().optional(),
    dataId: z.string().optional().describe('Data-write GUID of a VHDX, unique id of a VHD.'),
    parentDataId: z.string().optional().describe('The id that its parent must have.'),
    log: layerLog.optional(),
    allocation: allocation.optional().describe('Absent for a table above 64 MiB.'),
  })
  .meta({ title: 'ImageLayer', columns: ['format', 'variant', 'virtualSize', 'fileSize', 'path'] });
export type DiskLayerReport = z.infer<typeof diskLayer>;

export const verifyProblem = z
  .strictObject({
    severity: z.enum(['error', 'warning']).describe('A warning says that a copy or a mark is damaged, and no data.'),
    path: z.string(),
    structure: z.string().describe('e.g. "VHDX region table".'),
    offset: byteCount.optional().describe('Byte in the file.'),
    message: z.string(),
  })
  .meta({ title: 'ImageProblem', columns: ['severity', 'structure', 'offset', 'message'] });
export type VerifyProblem = z.infer<typeof verifyProblem>;

export const imageInspection = z
  .strictObject({
    path: z.string(),
    format: imageFormat,
    variant: z.string().optional().describe('e.g. "dynamic", "fixed", "differencing", "streamOptimized".'),
    virtualSize: byteCount.describe('Size of the disk that a guest sees, in bytes.'),
    fileSize: byteCount.describe('Size of the file, in bytes.'),
    sectorSize: z.int().describe('Logical sector size, in bytes.'),
    parents: z.array(z.string()).describe('Backing or parent files, nearest first; empty when the image stands alone.'),
    layers: z.array(diskLayer).describe('The image and the files that it stands on, nearest first.'),
    partitionTable: z.enum(['gpt', 'mbr', 'none']),
    partitions: z.array(partition),
    efiBootFiles: z
      .array(z.string())
      .describe('Boot programs in the EFI system partition, e.g. "/EFI/BOOT/BOOTX64.EFI".'),
    firmware: firmware.optional().describe('The firmware that the disk needs; absent when the disk does not say.'),
    otherFirmware: firmware.optional().describe('Present for a disk that boots with either.'),
    system: guestSystem,
    bootable: z.boolean().describe('False when nothing that could boot was found.'),
    obstacles: z.array(obstacle).describe('What stands in the way of booting it.'),
  })
  .meta({ title: 'Image', columns: ['format', 'variant', 'virtualSize', 'fileSize', 'firmware', 'bootable', 'path'] });
export type ImageInspection = z.infer<typeof imageInspection>;
