import { PackError } from './pack-error.ts';
import type { Manifest } from './read-manifest.ts';
import { element, withAttributes, xmlText } from './xml.ts';

/** The longest text of tags that galleries take. */
const longestTags = 4000;

/** What a package says of itself, in the words that PowerShell's own tools write and look for. */
export function nuspec(manifest: Manifest): string {
  const metadata = element(
    'metadata',
    element('id', manifest.id),
    element('version', manifest.version),
    element('authors', manifest.author),
    element('owners', manifest.company),
    element('requireLicenseAcceptance', 'false'),
    withAttributes({ type: 'expression' }, element('license', 'Apache-2.0')),
    element('description', manifest.description),
    element('releaseNotes', manifest.releaseNotes),
    element('copyright', manifest.copyright),
    element('tags', describeTags(manifest)),
  );
  const schema = 'http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd';
  return xmlText(withAttributes({ xmlns: schema }, element('package', metadata)));
}

export function describeTags({ tags, functions }: Manifest): string {
  const found = [
    ...tags,
    'PSModule',
    'PSIncludes_Function',
    ...functions.map(name => `PSFunction_${name}`),
    ...functions.map(name => `PSCommand_${name}`),
  ].join(' ');
  if (found.length <= longestTags) return found;
  throw new PackError(`The tags have ${found.length} characters; ${longestTags} are allowed.`, 'Shorten their list.');
}
