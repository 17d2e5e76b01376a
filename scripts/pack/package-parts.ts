import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Manifest } from './read-manifest.ts';
import { element, withAttributes, xmlText } from './xml.ts';

const openPackaging = 'http://schemas.openxmlformats.org/package/2006';
const relationTypes = {
  nuspec: 'http://schemas.microsoft.com/packaging/2010/07/manifest',
  properties: `${openPackaging}/relationships/metadata/core-properties`,
};

/** The files that every package of the Open Packaging Conventions has, by their names, around the given ones. */
export function packageParts(manifest: Manifest, nuspec: string, files: readonly string[]): Map<string, string> {
  // Random in other packages; the same content has to give the same file here.
  const properties = `package/services/metadata/core-properties/${digest(nuspec).slice(0, 32)}.psmdcp`;
  const nuspecName = `${manifest.id}.nuspec`;
  return new Map([
    ['[Content_Types].xml', contentTypes([...files, nuspecName, properties])],
    ['_rels/.rels', relations({ nuspec: nuspecName, properties })],
    [nuspecName, nuspec],
    [properties, coreProperties(manifest)],
  ]);
}

function contentTypes(files: readonly string[]): string {
  const known: Readonly<Record<string, string>> = {
    rels: 'application/vnd.openxmlformats-package.relationships+xml',
    psmdcp: 'application/vnd.openxmlformats-package.core-properties+xml',
  };
  const suffixes = new Set(['rels', ...files.map(suffixOf).filter(Boolean).sort()]);
  const defaults = [...suffixes].map(suffix =>
    withAttributes({ Extension: suffix, ContentType: known[suffix] ?? 'application/octet' }, element('Default')),
  );
  const overrides = files
    .filter(file => suffixOf(file) === '')
    .map(file =>
      withAttributes({ PartName: `/${encodeURI(file)}`, ContentType: 'application/octet' }, element('Override')),
    );
  return xmlText(withAttributes({ xmlns: `${openPackaging}/content-types` }, element('Types', defaults, overrides)));
}

function suffixOf(file: string): string {
  return path.posix.extname(file).slice(1).toLowerCase();
}

function relations(targets: Readonly<Record<keyof typeof relationTypes, string>>): string {
  const each = (['nuspec', 'properties'] as const).map(key =>
    withAttributes(
      {
        Type: relationTypes[key],
        Target: `/${targets[key]}`,
        Id: `R${digest(targets[key]).slice(0, 16).toUpperCase()}`,
      },
      element('Relationship'),
    ),
  );
  return xmlText(withAttributes({ xmlns: `${openPackaging}/relationships` }, element('Relationships', each)));
}

function coreProperties({ author, description, id, version, tags }: Manifest): string {
  const root = element(
    'coreProperties',
    element('dc:creator', author),
    element('dc:description', description),
    element('dc:identifier', id),
    element('version', version),
    element('keywords', tags.join(' ')),
    element('lastModifiedBy', 'npm run pack:powershell'),
  );
  const spaces = {
    'xmlns:dc': 'http://purl.org/dc/elements/1.1/',
    'xmlns:dcterms': 'http://purl.org/dc/terms/',
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    xmlns: `${openPackaging}/metadata/core-properties`,
  };
  return xmlText(withAttributes(spaces, root));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
