/**
 * Why a name cannot be that of a file on Windows, or undefined when it can. Asked on every system, so that what is made on
 * one can be taken to another. Windows opens a device for CON.txt, drops a dot or space at the end, and takes a colon for
 * the start of a second stream (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
 */
export function findNameObstacle(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.length > 255) return 'it has more than 255 characters';
  if (/[\u0000-\u001f<>:"/\\|?*]/.test(name)) return 'it has a control character or one of < > : " / \\ | ? *';
  if (/[. ]$/.test(name)) return 'it ends with a dot or a space';
  if (devices.test(name)) return 'Windows has a device of that name';
  return undefined;
}

// Also with a suffix, and with spaces before it; the raised digits count as digits.
const devices = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)/i;
