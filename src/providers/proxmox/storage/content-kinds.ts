import type { VolumeContent } from '../../../model/storage.ts';

/** What Proxmox VE calls the kinds of content. */
const nativeNames: Readonly<Record<VolumeContent, string>> = {
  disk: 'images',
  container: 'rootdir',
  backup: 'backup',
  iso: 'iso',
  template: 'vztmpl',
  snippet: 'snippets',
  import: 'import',
};
const ownNames = new Map(Object.entries(nativeNames).map(([own, native]) => [native, own]));

export function toNativeContent(content: VolumeContent): string {
  return nativeNames[content];
}

/** A kind that is not known here keeps its name. */
export function toContent(native: string): string {
  return ownNames.get(native) ?? native;
}

/** The kind that a file of that name would be; undefined where the suffix does not tell. */
export function contentOfName(name: string): 'iso' | 'template' | 'import' | undefined {
  if (/\.(iso|img)$/i.test(name)) return 'iso';
  if (/\.tar\.(gz|xz|zst|bz2)$/i.test(name)) return 'template';
  return /\.(ova|ovf|qcow2|raw|vmdk)$/i.test(name) ? 'import' : undefined;
}
