import { type Command, Option } from 'commander';
import { addCommand, type Choose, task } from './add-command.ts';
import { parseCount } from './commands/boot-options.ts';
import type { ProofFilters } from './commands/proof-list.ts';

/** The verbs for what proofs have left behind. */
export function addProofCommands(program: Command, choose: Choose): void {
  addCommand(program, 'proofs [image]', 'list proofs, newest first, with the trend of each image')
    .option('--state <state>', 'only with this verdict, or "passed", or "failed"')
    .addOption(new Option('--limit <count>', 'how many at most; 50 when left out').argParser(parseCount))
    .addOption(new Option('--offset <count>', 'how many to skip').argParser(parseCount))
    .action((image: string | undefined, _options, command: Command) =>
      choose(
        task<ProofFilters>(command, async (session, { state, limit, offset }) =>
          (await import('./commands/proof-list.ts')).listProofs(session, image, { state, limit, offset }),
        ),
      ),
    );
  addCommand(program, 'check-proof <folder>', 'check that the evidence of a proof is what was signed')
    .option('--key <file>', 'public key of the signer, PEM; else the keys that are trusted here')
    .action((folder: string, _options, command: Command) =>
      choose(
        task<{ key?: string }>(command, async (session, { key }) =>
          (await import('./commands/proof-check.ts')).checkProof(session, folder, key),
        ),
      ),
    );
  addCommand(program, 'proof-key', 'print the public key that signs proofs here')
    .option('--target <file>', 'write it into this new file')
    .action((_options, command: Command) =>
      choose(
        task<{ target?: string }>(command, async (session, { target }) =>
          (await import('./commands/proof-key.ts')).showKey(session, target),
        ),
      ),
    );
}
