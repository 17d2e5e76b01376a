#!/usr/bin/env node
// npm start [-- image [options of `vmbridge prove`]]: sets everything up, then proves that an image boots.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundle, ensureBundle } from './setup/bundle.mjs';
import { runVisibly } from './setup/children.mjs';
import { ensureNewerNode } from './setup/newer-node.mjs';
import { ensureNodePackages } from './setup/node-packages.mjs';
import { engineNeeds } from './setup/package-manager.mjs';
import { callerFolder } from './setup/places.mjs';
import { checkSampleOffered, ensureSampleImage } from './setup/sample-image.mjs';
import { runScript, say } from './setup/say.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { ensureSystemPackages } from './setup/system-packages.mjs';

const usage = `Usage: npm start [-- image [options]]

Sets vmbridge up (node packages, QEMU, the program itself), then boots a disk image and says whether it reaches a login.
Without an image it makes a small sample. The options are those of "vmbridge prove".`;

await runScript(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    say(usage);
    return 0;
  }
  checkPlatform();
  const named = args[0] !== undefined && !args[0].startsWith('-') ? args.shift() : undefined;
  const own = named === undefined ? undefined : findImage(named);
  if (own === undefined) checkSampleOffered();
  await ensureNodePackages();
  const node = await ensureNewerNode();
  await ensureSystemPackages('QEMU', engineNeeds);
  await ensureBundle(node);
  const image = own ?? (await ensureSampleImage(node));
  say(`Proving ${image}\n`);
  const status = await runVisibly(node, [bundle, 'prove', image, ...args], { cwd: callerFolder });
  say(`\n${describeClient(node)}`);
  return status;
});

function checkPlatform() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new SetupError(`Node 20 or later is needed; this is ${process.version}.`, { status: 2 });
  if (!['linux', 'darwin', 'win32'].includes(process.platform)) {
    throw new SetupError(`vmbridge runs on Linux, macOS and Windows, not on ${process.platform}.`, { status: 2 });
  }
}

function findImage(named) {
  const path = resolve(callerFolder, named);
  if (existsSync(path)) return path;
  throw new SetupError(`There is no file ${path}`, {
    remedy: 'Name a disk image: npm start -- path/to/backup.vhdx',
    status: 2,
  });
}

function describeClient(node) {
  const client = { mcpServers: { vmbridge: { command: node, args: [bundle, 'serve'] } } };
  return `To give vmbridge to an MCP client, add this to its configuration:\n${JSON.stringify(client, null, 2)}`;
}
