export interface ExtentLine {
  readonly access: string;
  readonly sectors: number;
  /** e.g. "SPARSE", "FLAT", "VMFS", "ZERO". */
  readonly type: string;
  readonly fileName: string | undefined;
  /** Where a flat extent starts in its file, in sectors. */
  readonly offset: number;
}

export interface VmdkDescriptor {
  readonly createType: string;
  /** The parent's path; undefined for a disk that stands alone. */
  readonly parentHint: string | undefined;
  readonly extents: readonly ExtentLine[];
}

const setting = /^\s*([A-Za-z.]+)\s*=\s*"?([^"\r\n]*)"?\s*$/;
const extentLine = /^\s*(RW|RDONLY|NOACCESS)\s+(\d{1,15})\s+([A-Z0-9]+)(?:\s+"([^"]*)")?(?:\s+(\d{1,15}))?/;
/** Names of files and settings are far shorter; matching a hostile line of a megabyte would take minutes. */
const longestLine = 8192;
const noParentId = 'ffffffff';

/**
 * The text part of a VMDK:
 *
 *     # Disk DescriptorFile
 *     parentCID=ffffffff
 *     createType="twoGbMaxExtentSparse"
 *     RW 4192256 SPARSE "disk-s001.vmdk"
 *     RW 204800 FLAT "disk-f001.vmdk" 0
 */
export function parseDescriptor(text: string): VmdkDescriptor {
  const settings = new Map<string, string>();
  const extents: ExtentLine[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line.length > longestLine) continue;
    const extent = extentLine.exec(line);
    if (extent) {
      const [, access = '', sectors = '', type = '', fileName, offset = '0'] = extent;
      extents.push({ access, sectors: Number(sectors), type, fileName, offset: Number(offset) });
      continue;
    }
    const [, key, value] = setting.exec(line) ?? [];
    if (key !== undefined && value !== undefined) settings.set(key.toLowerCase(), value);
  }
  const hasParent = (settings.get('parentcid') ?? noParentId).toLowerCase() !== noParentId;
  return {
    createType: settings.get('createtype') ?? 'unknown',
    parentHint: hasParent ? (settings.get('parentfilenamehint') ?? '') : undefined,
    extents,
  };
}
