/** The names in a path: "/EFI/BOOT" has two. */
export function splitPath(path: string): string[] {
  return path.split('/').filter(name => name !== '' && name !== '.');
}
