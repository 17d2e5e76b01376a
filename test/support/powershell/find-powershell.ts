import { findPowerShellEngine, type PowerShellEngine } from '../../../scripts/setup/powershell-engine.mjs';

let found: PowerShellEngine | undefined;

/** PowerShell 7.2 or later: as set-up named it, else one that is there; or why there is none. */
export function findPowerShell(): PowerShellEngine {
  found ??= look();
  return found;
}

function look(): PowerShellEngine {
  const { VMBRIDGE_PWSH: program, VMBRIDGE_NO_PWSH: reason } = process.env;
  if (program) return { program };
  return reason ? { reason } : findPowerShellEngine();
}
