// Packs the PowerShell module with the server in it: npm run pack:powershell [-- --out FOLDER] [--with-node]
import path from 'node:path';
import { readOptions, usage } from './pack/options.ts';
import { PackError } from './pack/pack-error.ts';
import { packPowerShell } from './pack/pack-powershell.ts';
import { root } from './setup/places.mjs';

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(usage);
  } else {
    const { moduleFolder, archive } = await packPowerShell(root, options);
    console.log(`${moduleFolder}${path.sep}\n  the module, to be put into a folder of $env:PSModulePath`);
    console.log(`${archive}\n  the same as a package, for Install-PSResource and Publish-PSResource`);
  }
} catch (error) {
  const { message, remedy, status } = toPackError(error);
  console.error([message, remedy].filter(Boolean).join('\n'));
  process.exitCode = status;
}

/** A folder that may not be written, or a full disk, is nothing that a stack would explain. */
function toPackError(error: unknown): PackError {
  if (error instanceof PackError) return error;
  if (error instanceof Error && 'syscall' in error) return new PackError(error.message, 'Nothing was changed.');
  throw error;
}
