export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * A file system opened for reading. Paths begin with "/" and are split at "/"; symbolic links are followed. What is not there is
 * undefined; what is damaged is a Fault `invalid`.
 */
export interface FileSystem {
  /** The entries of a folder, without "." and ".."; a folder of hostile size is cut short. */
  list(path: string, signal?: AbortSignal): Promise<FolderEntry[] | undefined>;
  /** The first `most` bytes of a file. */
  readFile(path: string, most: number, signal?: AbortSignal): Promise<Buffer | undefined>;
}
