import { atWorkRules } from './at-work.ts';
import { blueScreenRules } from './blue-screen.ts';
import { bootMenuRules } from './boot-menu.ts';
import { desktopIcons } from './desktop-icons.ts';
import { desktopTaskbar } from './desktop-taskbar.ts';
import { desktopTopBar } from './desktop-top-bar.ts';
import type { PictureRule } from './picture-rule.ts';
import { signInRules } from './sign-in.ts';
import { signInForm } from './sign-in-form.ts';
import { signInLabel } from './sign-in-label.ts';
import { signInPair } from './sign-in-pair.ts';
import { signInPower } from './sign-in-power.ts';
import { waitingForInputRules } from './waiting-for-input.ts';
import { windowsStartRules } from './windows-start.ts';

/** Every rule for graphical screens, the one that counts most first: what failed, what waits, and last what passes. */
export const allPictureRules: readonly PictureRule[] = [
  ...blueScreenRules,
  ...windowsStartRules,
  ...bootMenuRules,
  ...atWorkRules,
  // A greeter has no bar of programs at the bottom; one along the top it may have.
  desktopTaskbar,
  ...signInRules,
  signInForm,
  signInPower,
  signInLabel,
  signInPair,
  desktopTopBar,
  desktopIcons,
  ...waitingForInputRules,
];
