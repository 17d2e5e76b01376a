import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Tool } from '../../../src/tools/define-tool.ts';
import { aboutFile } from '../../../src/tools/derive/powershell/about-file.ts';
import { listCmdlets } from '../../../src/tools/derive/powershell/cmdlet.ts';
import { formatFile } from '../../../src/tools/derive/powershell/format-file.ts';
import { functionFile } from '../../../src/tools/derive/powershell/function-file.ts';
import { handWritten } from '../../../src/tools/derive/powershell/hand-written.ts';
import { helpTexts } from '../../../src/tools/derive/powershell/help-texts.ts';
import { mamlFile } from '../../../src/tools/derive/powershell/maml-file.ts';
import { manifest } from '../../../src/tools/derive/powershell/manifest.ts';
import { moduleFile } from '../../../src/tools/derive/powershell/module-file.ts';
import { listOutputTypes } from '../../../src/tools/derive/powershell/output-type.ts';
import { shapesFile } from '../../../src/tools/derive/powershell/shapes-file.ts';
import { shellWords } from '../../../src/tools/derive/powershell/shell-words.ts';
import { typesFile } from '../../../src/tools/derive/powershell/types-file.ts';

const folder = 'ps-module/VmBridge';

/** The generated files of the PowerShell module, by their path below the root. */
export function powerShellFiles(root: string, tools: readonly Tool[]): Map<string, string> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const ownFiles = readdirSync(path.join(root, folder, 'Private')).sort();
  const cmdlets = listCmdlets(tools);
  const words = shellWords(tools);
  const files = new Map<string, string>();
  const entries = cmdlets.map(cmdlet => ({ cmdlet, texts: helpTexts(cmdlet, cmdlets, words) }));
  for (const { cmdlet, texts } of entries) files.set(`Public/${cmdlet.name}.ps1`, functionFile(cmdlet, texts));
  files.set('en-US/VmBridge-help.xml', mamlFile(entries));
  files.set('en-US/about_VmBridge.help.txt', aboutFile(cmdlets, words));
  files.set('Data/Shapes.ps1', shapesFile(tools, words));
  files.set('VmBridge.psm1', moduleFile(cmdlets, ownFiles));
  const types = listOutputTypes(tools);
  files.set('VmBridge.format.ps1xml', formatFile(types));
  files.set('VmBridge.types.ps1xml', typesFile(types));
  const names = [...files.keys(), ...ownFiles.map(file => `Private/${file}`), 'VmBridge.psd1'].sort();
  const functions = [...handWritten, ...cmdlets.map(({ name }) => name)].sort();
  files.set('VmBridge.psd1', manifest({ version, functions, files: names }));
  return new Map([...files].map(([file, text]) => [`${folder}/${file}`, text]));
}
