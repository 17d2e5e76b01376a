import path from 'node:path';

/**
 * The path of a program that belongs to Windows itself. Never by bare name: that would be looked for in the working folder
 * and in folders of the search path that others may write to.
 */
export function getSystemProgram(name: string, environment: Readonly<NodeJS.ProcessEnv> = process.env): string {
  const key = Object.keys(environment).find(candidate => candidate.toUpperCase() === 'SYSTEMROOT');
  const folder = (key ? environment[key] : undefined) || 'C:\\Windows';
  return path.win32.join(folder, 'System32', name);
}
