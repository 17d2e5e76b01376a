/** Where GRUB's boot sector keeps the sector of the core image, and the core image's first sector that of its rest. */
const coreSectorAt = 0x5c;
const restSectorAt = 0x1f4;
/** What a boot sector may hold besides the partition table and what belongs to it. */
const codeLength = 440;

/**
 * Tells both parts of GRUB for BIOS where the core image will be, as grub-install does: without it they expect it right
 * after the boot sector, where a GPT is.
 */
export function embedBiosGrub(
  { bootCode, core }: { readonly bootCode: Buffer; readonly core: Buffer },
  firstSector: number,
): { bootCode: Buffer; core: Buffer } {
  const [sector, image] = [Buffer.from(bootCode.subarray(0, codeLength)), Buffer.from(core)];
  sector.writeBigUInt64LE(BigInt(firstSector), coreSectorAt);
  image.writeBigUInt64LE(BigInt(firstSector + 1), restSectorAt);
  return { bootCode: sector, core: image };
}
