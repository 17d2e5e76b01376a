/**
 * A line for the PowerShell of a Windows guest, as a program with arguments. No character of the line is seen by any parser
 * but PowerShell's own: it travels in base64, inside of a script that does so too, since that is how the shell takes one.
 */
export function wrapForPowerShell(line: string): { command: string; arguments: string[] } {
  const script = [
    `$line = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${Buffer.from(line).toString('base64')}'))`,
    '$global:LASTEXITCODE = $null',
    'try { Invoke-Expression $line; $ok = $? } catch { [Console]::Error.WriteLine($_); exit 1 }',
    // A program has a number of its own; what is no program only went well or did not.
    'if ($null -ne $global:LASTEXITCODE) { exit $global:LASTEXITCODE }',
    'if ($ok) { exit 0 } else { exit 1 }',
  ].join('\n');
  const encoded = Buffer.from(script, 'utf16le').toString('base64');
  const flags = ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'];
  return { command: 'powershell.exe', arguments: [...flags, '-EncodedCommand', encoded] };
}
