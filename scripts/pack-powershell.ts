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
  if (!(error instanceof PackError)) throw error;
  console.error([error.message, error.remedy].filter(Boolean).join('\n'));
  process.exitCode = error.status;
}
