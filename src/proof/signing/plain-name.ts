/** Whether this is a name right in a folder, on every system: no way leads out of the folder by it. */
export function isPlainName(name: string): boolean {
  if (name.length === 0 || name.length > 255 || name.startsWith('.') || /[. ]$/.test(name)) return false;
  return !/[\\/:*?"<>|\u0000-\u001f\u007f]/.test(name);
}
