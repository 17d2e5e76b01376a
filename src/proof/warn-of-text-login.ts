import type { GuestSystem } from '../model/image.ts';
import type { PassingState, Verdict } from '../model/verdict.ts';
import { defaultLimits } from './watch/limits.ts';

/**
 * What somebody must know of a boot that ended at a text login although the system starts a graphical one: that it boots, and
 * that its users may see nothing to sign in at.
 */
export function warnOfTextLogin(
  { state }: Pick<Verdict, 'state'>,
  system: Pick<GuestSystem, 'displayManager'> | undefined,
  passOn: readonly PassingState[],
): string[] {
  const manager = system?.displayManager;
  // Where only a text login was asked for, nobody waited for another.
  if (state !== 'login' || manager === undefined || !passOn.includes('graphical_login')) return [];
  return [
    `The system is set up to show a graphical login (${manager}), but none had appeared when its text login had stood still for ${defaultLimits.graphical} s: the display manager may have failed, or may start late. Its log in the guest tells: journalctl -b -u display-manager. To have this count as a failure, let only graphical_login and desktop pass.`,
  ];
}
