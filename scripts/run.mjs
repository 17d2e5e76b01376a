#!/usr/bin/env node
// npm run -s vmbridge -- …: the program of this checkout. Nothing but its own output reaches stdout.
import { bundle, ensureBundle } from './setup/bundle.mjs';
import { runVisibly } from './setup/children.mjs';
import { ensureNewerNode, packagedNode } from './setup/newer-node.mjs';
import { ensureNodePackages } from './setup/node-packages.mjs';
import { callerFolder } from './setup/places.mjs';
import { runScript, sayOnStandardError } from './setup/say.mjs';

await runScript(async () => {
  sayOnStandardError();
  await ensureNodePackages();
  const node = packagedNode() ?? (await ensureNewerNode());
  await ensureBundle(node);
  return runVisibly(node, [bundle, ...process.argv.slice(2)], { cwd: callerFolder });
});
