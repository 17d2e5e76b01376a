import { bootLoaderRules } from './boot-loader.ts';
import { kernelRules } from './kernel.ts';
import { loginRules } from './login.ts';
import { noBootDeviceRules } from './no-boot-device.ts';
import type { TextRule } from './rule.ts';
import { stageRules } from './stages.ts';
import { waitingRules } from './waiting.ts';
import { windowsRules } from './windows.ts';

/** Every rule about text, the one that counts more before the one that counts less. */
export const textRules: readonly TextRule[] = [
  ...kernelRules,
  ...loginRules,
  ...windowsRules,
  ...bootLoaderRules,
  ...noBootDeviceRules,
  ...waitingRules,
  ...stageRules,
];
