import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { openConsole, planConsole } from './open-console.ts';
import { planKeys, sendKeys } from './send-keys.ts';
import { planScreenshot, takeScreenshot } from './take-screenshot.ts';
import { planText, typeText } from './type-text.ts';

export const consoleOperations = {
  'vm.screenshot': { run: takeScreenshot, plan: planScreenshot },
  'vm.sendKeys': { run: sendKeys, plan: planKeys },
  'vm.type': { run: typeText, plan: planText },
  'vm.console': { run: openConsole, plan: planConsole },
} satisfies OperationTable<ProxmoxSession>;
