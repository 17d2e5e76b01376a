import path from 'node:path';

/**
 * A short word for an image, for names of folders and machines: letters and digits of its file name. Kept short, as the
 * folder's path is part of socket paths, whose length is limited.
 */
export function nameRunFolder(image: string): string {
  const stem = path
    .parse(image)
    .name.normalize('NFKD')
    .replaceAll(/[^\w-]+/g, '-');
  const word = stem.replaceAll(/[-_]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, 16).replace(/-$/, '').toLowerCase();
  return word === '' ? 'image' : word;
}
