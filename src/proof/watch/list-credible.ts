import type { ProofPhase } from '../../model/proof.ts';
import type { VerdictState } from '../../model/verdict.ts';
import type { Match } from '../classify.ts';
import { describePicture } from '../screen/picture-facts.ts';
import type { Scene } from './scene-reader.ts';

/** States before any kernel. */
const earlyStates = new Set<VerdictState>(['bootloader_error', 'no_boot_device', 'boot_menu']);

/**
 * Leaves out what was true only for a time: text of firmware and boot loader stays on serial lines for ever, but once a
 * kernel runs, or the screen shows a picture, the machine has gone on from there.
 */
export function listCredible(matches: readonly Match[], phase: ProofPhase, scene: Scene): Match[] {
  const isBeyond = phase === 'kernel' || phase === 'user_space';
  const isPicture = (): boolean => {
    const { method } = scene.reading;
    return (method === 'none' || method === 'ocr') && !describePicture(scene.picture).blank;
  };
  return matches.filter(match => {
    if (!earlyStates.has(match.rule.state)) return true;
    if (isBeyond) return false;
    return match.source === 'screen' || !isPicture();
  });
}
