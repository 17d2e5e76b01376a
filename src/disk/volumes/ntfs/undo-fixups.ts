const stride = 512;

/**
 * A file record or index block with the last two bytes of each 512 put back, for which NTFS writes a counter instead; undefined when
 * the mark or the counters are wrong, that is when the block was torn or never written.
 */
export function undoFixups(rawBlock: Buffer, mark: 'FILE' | 'INDX'): Buffer | undefined {
  if (rawBlock.toString('latin1', 0, 4) !== mark) return undefined;
  const block = Buffer.from(rawBlock);
  const place = block.readUInt16LE(4);
  const count = block.readUInt16LE(6);
  if (count < 1 || place + count * 2 > block.length || (count - 1) * stride > block.length) return undefined;
  const counter = block.readUInt16LE(place);
  for (let index = 1; index < count; index++) {
    const end = index * stride - 2;
    if (block.readUInt16LE(end) !== counter) return undefined;
    block.writeUInt16LE(block.readUInt16LE(place + index * 2), end);
  }
  return block;
}
