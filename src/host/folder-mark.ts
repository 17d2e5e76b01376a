/** A variable in the environment of every program that is started in a folder of ours: by it the warden knows them. */
export const folderMark = 'VMBRIDGE_FOLDER';

export function markFolder(folder: string | undefined): Record<string, string> {
  return folder === undefined ? {} : { [folderMark]: folder };
}
