import { spawnSync } from 'node:child_process';

export type FoundPowerShell =
  | { readonly program: string; readonly reason?: undefined }
  | { readonly program?: undefined; readonly reason: string };

let found: FoundPowerShell | undefined;

/** PowerShell 7.2 or later: as set-up named it, else on the search path; or why there is none. */
export function findPowerShell(): FoundPowerShell {
  found ??= look();
  return found;
}

function look(): FoundPowerShell {
  const named = process.env.VMBRIDGE_PWSH;
  for (const program of [...(named ? [named] : []), 'pwsh']) {
    const options = { encoding: 'utf8', env: { ...process.env, POWERSHELL_TELEMETRY_OPTOUT: '1' } } as const;
    const { status, stdout } = spawnSync(program, ['-NoLogo', '-NoProfile', '-Version'], options);
    const [, major, minor] = /PowerShell (\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
    if (status === 0 && Number(major) * 100 + Number(minor) >= 702) return { program };
  }
  return { reason: 'no PowerShell engine: install pwsh 7.2 or later, or the .NET SDK 10' };
}
