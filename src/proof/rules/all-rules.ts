import { bootLoaderRules } from './boot-loader.ts';
import { displayManagerRules } from './display-manager.ts';
import { firstProgramRules } from './first-program.ts';
import { kernelRules } from './kernel.ts';
import { loginRules } from './login.ts';
import { noBootDeviceRules } from './no-boot-device.ts';
import type { TextRule } from './rule.ts';
import { stageRules } from './stages.ts';
import { starvedHostRules } from './starved-host.ts';
import { waitingRules } from './waiting.ts';
import { windowsRules } from './windows.ts';

/** Every rule about text, the one that counts more before the one that counts less. */
export const textRules: readonly TextRule[] = [
  ...starvedHostRules,
  ...kernelRules,
  ...firstProgramRules,
  ...loginRules,
  ...windowsRules,
  ...bootLoaderRules,
  ...noBootDeviceRules,
  ...waitingRules,
  ...displayManagerRules,
  ...stageRules,
];
