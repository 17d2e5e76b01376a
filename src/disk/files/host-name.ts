/**
 * Why a name from an image can not be the name of a file on this host; undefined when it can. Names are never changed: two of them
 * could become the same, or mean something else.
 */
export function nameProblem(name: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'It has no name of its own.';
  if (name.includes('/') || name.includes('\0')) return 'No file can have its name: it has "/" or NUL in it.';
  if ([...name].some(character => character < ' ' || character === '\x7f')) {
    return 'Its name has control characters.';
  }
  // Half of a pair of UTF-16, or what stands for bytes that are no UTF-8: its real name can not be told.
  if (!name.isWellFormed() || name.includes('\ufffd')) return 'Its name is no text in Unicode.';
  return platform === 'win32' ? windowsProblem(name) : undefined;
}

// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
const device = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;

function windowsProblem(name: string): string | undefined {
  if (/[<>:"|?*\\]/.test(name)) return 'Windows allows none of < > : " | ? * \\ in a name.';
  if (/[. ]$/.test(name)) return 'Windows drops a dot or a space at the end of a name.';
  return device.test(name) ? 'Windows keeps its name for a device.' : undefined;
}
