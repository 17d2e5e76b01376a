import { Fault } from '../../../errors/fault.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';

export interface ExtSuperblock {
  readonly blockSize: number;
  readonly inodesPerGroup: number;
  readonly inodeSize: number;
  readonly inodes: number;
  /** Where the group descriptors begin, in bytes, and how long one is. */
  readonly descriptorStart: number;
  readonly descriptorSize: number;
  /** Groups from this one on keep their descriptors in themselves (the feature "meta_bg"); Infinity without it. */
  readonly firstMetaGroup: number;
  readonly blocksPerGroup: number;
  readonly firstBlock: number;
  readonly sparseSuper: boolean;
  readonly hasFileTypes: boolean;
  readonly hasLargeFolders: boolean;
  /** The journal has changes that are not in their places yet. */
  readonly needsReplay: boolean;
  /** 0 for a journal on another volume, or none. */
  readonly journalInode: number;
}

const at = 1024;
// Features without which nothing can be understood: all that Linux knows, from compression (0x1) to folded case (0x20000).
const knownFeatures = 0x3f7df;

export async function readExtSuperblock(volume: ByteReader, signal?: AbortSignal): Promise<ExtSuperblock> {
  const bytes = await readStructure(volume, 'ext superblock', at, 1024, signal);
  const fail = (problem: string, facts = {}) => invalidStructure(volume.path, 'ext superblock', at, problem, facts);
  if (bytes.readUInt16LE(56) !== 0xef53) throw fail('lacks its mark');
  const logBlockSize = bytes.readUInt32LE(24);
  if (logBlockSize > 6) throw fail('gives an impossible block size', { logBlockSize });
  const blockSize = 1024 * 2 ** logBlockSize;
  const incompatible = bytes.readUInt32LE(96);
  refuseUnknown(volume.path, incompatible);
  const is64Bit = (incompatible & 0x80) !== 0;
  const inodeSize = bytes.readUInt32LE(76) === 0 ? 128 : bytes.readUInt16LE(88);
  const descriptorSize = is64Bit ? Math.max(32, bytes.readUInt16LE(254)) : 32;
  const inodesPerGroup = bytes.readUInt32LE(40);
  const blocksPerGroup = bytes.readUInt32LE(32);
  const firstBlock = bytes.readUInt32LE(20);
  if (
    inodesPerGroup === 0 ||
    blocksPerGroup === 0 ||
    inodeSize < 128 ||
    inodeSize > blockSize ||
    descriptorSize > 1024
  ) {
    throw fail('gives impossible sizes', { inodesPerGroup, blocksPerGroup, inodeSize, descriptorSize });
  }
  const perBlock = blockSize / descriptorSize;
  return {
    blockSize,
    inodesPerGroup,
    inodeSize,
    inodes: bytes.readUInt32LE(0),
    // Behind the block with the superblock, also where the first group begins before it (clusters of blocks of 1 KiB).
    descriptorStart: (Math.floor(at / blockSize) + 1) * blockSize,
    descriptorSize,
    firstMetaGroup: (incompatible & 0x10) !== 0 ? bytes.readUInt32LE(260) * perBlock : Number.POSITIVE_INFINITY,
    blocksPerGroup,
    firstBlock,
    sparseSuper: (bytes.readUInt32LE(100) & 1) !== 0,
    hasFileTypes: (incompatible & 2) !== 0,
    hasLargeFolders: (incompatible & 0x4000) !== 0,
    needsReplay: (incompatible & 4) !== 0,
    journalInode: bytes.readUInt32LE(224),
  };
}

function refuseUnknown(path: string, incompatible: number): void {
  const unknown = (incompatible & ~knownFeatures) >>> 0;
  if (unknown === 0) return;
  throw new Fault('unsupported', `The ext file system in "${path}" has features that are not known here.`, {
    remedy: 'Read it in a machine with a Linux that knows them.',
    data: { path, structure: 'ext superblock', offset: at, features: `0x${unknown.toString(16)}` },
  });
}
