/** Stop codes that are seen most, to mend what recognition has misread; others are taken as they are read. */
const common = [
  'ACPI_BIOS_ERROR',
  'ATTEMPTED_WRITE_TO_READONLY_MEMORY',
  'BAD_POOL_CALLER',
  'BAD_POOL_HEADER',
  'BAD_SYSTEM_CONFIG_INFO',
  'CLOCK_WATCHDOG_TIMEOUT',
  'CRITICAL_PROCESS_DIED',
  'CRITICAL_SERVICE_FAILED',
  'DPC_WATCHDOG_VIOLATION',
  'DRIVER_IRQL_NOT_LESS_OR_EQUAL',
  'DRIVER_POWER_STATE_FAILURE',
  'FAT_FILE_SYSTEM',
  'HAL_INITIALIZATION_FAILED',
  'HYPERVISOR_ERROR',
  'INACCESSIBLE_BOOT_DEVICE',
  'IRQL_NOT_LESS_OR_EQUAL',
  'KERNEL_DATA_INPAGE_ERROR',
  'KERNEL_MODE_HEAP_CORRUPTION',
  'KERNEL_SECURITY_CHECK_FAILURE',
  'KMODE_EXCEPTION_NOT_HANDLED',
  'MACHINE_CHECK_EXCEPTION',
  'MEMORY_MANAGEMENT',
  'MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED',
  'NTFS_FILE_SYSTEM',
  'PAGE_FAULT_IN_NONPAGED_AREA',
  'PHASE0_EXCEPTION',
  'PHASE1_INITIALIZATION_FAILED',
  'PROCESS1_INITIALIZATION_FAILED',
  'REFERENCE_BY_POINTER',
  'REGISTRY_ERROR',
  'SECURE_KERNEL_ERROR',
  'STATUS_SYSTEM_PROCESS_TERMINATED',
  'SYSTEM_SERVICE_EXCEPTION',
  'SYSTEM_THREAD_EXCEPTION_NOT_HANDLED',
  'UNEXPECTED_KERNEL_MODE_TRAP',
  'UNMOUNTABLE_BOOT_VOLUME',
  'VIDEO_TDR_FAILURE',
  'WDF_VIOLATION',
  'WHEA_UNCORRECTABLE_ERROR',
] as const;

/** Share of the letters that recognition may have got wrong. */
const mostWrong = 0.15;

/** The stop code in what was read: a name, else a number after a sign of one. */
export function readStopCode(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const name = readName(line);
    if (name !== undefined) return name;
  }
  for (const line of lines) {
    const number = /[0o]x([0-9a-fo]{8})\b/i.exec(line)?.[1] ?? /\b(c000021a)\b/i.exec(line)?.[1];
    if (number !== undefined) return `0x${number.replace(/o/gi, '0').toUpperCase()}`;
  }
  return undefined;
}

function readName(line: string): string | undefined {
  // What follows the last colon, wide or narrow, when there is one: "Stop code: NAME".
  const candidates = [...line.matchAll(/[A-Z][A-Z0-9]*(?:[_ ]+[A-Z0-9]+)+/g)].map(([match]) => match.trim());
  for (const candidate of candidates) {
    const letters = candidate.replace(/[_ ]+/g, '');
    if (letters.length < 8) continue;
    const mended = common.find(name => countDifferences(name.replaceAll('_', ''), letters) <= name.length * mostWrong);
    if (mended !== undefined) return mended;
    if (/^[A-Z0-9]+(?:_[A-Z0-9]+)+$/.test(candidate) && letters.length >= 10) return candidate;
  }
  return undefined;
}

/** The fewest letters to change, add or leave out to make one word of the other. */
function countDifferences(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > one.length * mostWrong + 1) return one.length;
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      next.push(Math.min((above[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (above[column - 1] ?? 0) + same));
    }
    above = next;
  }
  return above[other.length] ?? one.length;
}
