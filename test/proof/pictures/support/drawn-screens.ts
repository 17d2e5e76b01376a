import { drawHardScreens } from './hard-screens.ts';
import { drawLinuxScreens } from './linux-screens.ts';
import { drawOtherScreens } from './other-screens.ts';
import type { DrawnScreen } from './screen.ts';
import { drawMoreWindowsScreens } from './windows-more-screens.ts';
import { drawWindowsScreens } from './windows-screens.ts';

/** Every drawn screen with its label. */
export function listDrawnScreens(): DrawnScreen[] {
  return [
    ...drawWindowsScreens(),
    ...drawMoreWindowsScreens(),
    ...drawLinuxScreens(),
    ...drawHardScreens(),
    ...drawOtherScreens(),
  ];
}
