/** Numbers of the NBD protocol, fixed newstyle; see doc/proto.md of the NetworkBlockDevice project. */
export const magic = {
  /** "NBDMAGIC" and "IHAVEOPT". */
  greeting: Buffer.from('NBDMAGICIHAVEOPT', 'latin1'),
  option: Buffer.from('IHAVEOPT', 'latin1'),
  optionReply: Buffer.from('0003e889045565a9', 'hex'),
  request: 0x25609513,
  simpleReply: 0x67446698,
  chunk: 0x668e33ef,
} as const;

export const handshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const transmissionFlag = { hasFlags: 1, readOnly: 2, sendDontFragment: 0x80, canMultiConnect: 0x100 } as const;

export const option = {
  exportName: 1,
  abort: 2,
  list: 3,
  startTls: 5,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

export const optionReply = {
  acknowledged: 1,
  server: 2,
  info: 3,
  metaContext: 4,
  unsupported: 0x8000_0001,
  policy: 0x8000_0002,
  invalid: 0x8000_0003,
  unknown: 0x8000_0006,
  tooBig: 0x8000_0009,
} as const;

export const infoType = { export: 0, name: 1, description: 2, blockSize: 3 } as const;

export const command = {
  read: 0,
  write: 1,
  disconnect: 2,
  flush: 3,
  trim: 4,
  writeZeroes: 6,
  blockStatus: 7,
} as const;

export const commandFlag = { dontFragment: 4, onlyOne: 8 } as const;

export const chunkType = { none: 0, data: 1, hole: 2, blockStatus: 5, error: 0x8001 } as const;
export const chunkDone = 1;

export const blockState = { data: 0, holeOfZeros: 3 } as const;

export const errorNumber = { EPERM: 1, EIO: 5, EINVAL: 22, EOVERFLOW: 75 } as const;

export const allocationContext = 'base:allocation';
export const allocationContextId = 1;

/** Bytes of one request without its payload. */
export const requestLength = 28;
/** Of one READ; what clients may count on when they did not ask. */
export const largestRead = 32 * 1024 * 1024;
