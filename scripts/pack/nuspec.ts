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

/** Galleries find a module by its commands; those that are functions are named a second time where there is room. */
export function describeTags({ tags, functions }: Manifest): string {
  const commands = functions.map(name => `PSCommand_${name}`);
  const base = [...tags, 'PSModule', 'PSIncludes_Function', ...commands].join(' ');
  const found = [base, ...functions.map(name => `PSFunction_${name}`)].join(' ');
  if (found.length <= longestTags) return found;
  if (base.length <= longestTags) return base;
  throw new PackError(`The tags have ${base.length} characters; ${longestTags} are allowed.`, 'Shorten their list.');
}
