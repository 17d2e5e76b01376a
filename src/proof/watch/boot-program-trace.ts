import type { Verdict } from '../../model/verdict.ts';
import type { Observation } from '../classify.ts';
import { bootLoaderRules } from '../rules/boot-loader.ts';
import { machineRules } from '../rules/machine.ts';
import type { MachineRule } from '../rules/rule.ts';
import { createVerdict } from '../verdicts.ts';

interface Sign {
  readonly rule: Pick<MachineRule, 'id' | 'reason'>;
  readonly source: 'screen' | 'serial';
  readonly line: string;
}

// BdsDxe: starting Boot0001 "UEFI QEMU HARDDISK QM00001 " from PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0)
// BdsDxe: failed to start Boot0001 "UEFI QEMU HARDDISK QM00001 " from PciRoot(0x0)/...: Not Found
// Its own programs come from a firmware volume (Fv), and those of a network have an address (MAC).
const started = /^BdsDxe: (?:failed to start|starting) Boot[0-9A-F]{4} "(?!.*(?:\bFv\(|\bMAC\())/;

/**
 * Remembers that a boot program of the disk ran: when the UEFI firmware afterwards says that it has nothing to boot, that
 * program gave up and came back. What it said may have gone from the screen by then.
 */
export class BootProgramTrace {
  #sign: Sign | undefined;

  update({ screen, serial, screenMethod }: Observation): void {
    const isExact = screenMethod === 'vga' || screenMethod === 'glyph';
    const sign = findSign(serial, 'serial') ?? (isExact ? findSign(screen, 'screen') : undefined);
    const isWorse = sign?.rule === returned && this.#sign !== undefined && this.#sign.rule !== returned;
    if (sign && !isWorse) this.#sign = sign;
  }

  /** The verdict that the firmware found nothing to boot, put right when a boot program had run before. */
  explain(verdict: Verdict): Verdict {
    if (verdict.state !== 'no_boot_device' || this.#sign === undefined) return verdict;
    const { rule, source, line } = this.#sign;
    return createVerdict({ ...machineRules.bootProgramReturned, ...rule }, { source, line });
  }
}

const returned = machineRules.bootProgramReturned;

function findSign(lines: readonly string[], source: Sign['source']): Sign | undefined {
  if (!lines.some(line => started.test(line))) return undefined;
  for (const { id, reason, patterns, where } of bootLoaderRules) {
    const line = where === 'end' ? lines.findLast(text => patterns.some(pattern => pattern.test(text))) : undefined;
    if (line !== undefined) return { rule: { id, reason }, source, line };
  }
  const line = lines.findLast(text => started.test(text));
  return line === undefined ? undefined : { rule: returned, source, line };
}
