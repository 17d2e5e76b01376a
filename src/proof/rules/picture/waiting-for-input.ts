import type { PictureRule, PictureScene } from './picture-rule.ts';
import { findLine, hasText } from './scene-text.ts';
import { words } from './words.ts';

/** What is shown instead of a greeter or a desktop that could not be started. */
const failed =
  /something has gone wrong|the system can'?t recover|failed to start (the )?session|unable to (start|launch) (the |a )?(x |login )?session|could not (start|connect to) (the )?(session|display|greeter)|call to lnusertemp|etwas ist schief|ein problem ist aufgetreten|quelque chose s'est mal passe|un probleme est survenu et le systeme|algo (ha ido mal|salio mal|ha salido mal|deu errado|correu mal)|qualcosa e andato storto|問題が発生し|エラーが発生したようです|出错了|出现了问题/;

/** A rule for what waits for a person, which no image under proof may. */
function describeWaiting(id: string, reason: string, looksAt: string, find: PictureRule['find']): PictureRule {
  return { id, state: 'inconclusive', certainty: 'likely', reason, looksAt, seconds: 3, find };
}

function findWords(pattern: RegExp, isPossible: (scene: PictureScene) => boolean = () => true): PictureRule['find'] {
  return scene => {
    const line = findLine(scene, pattern);
    return line !== undefined && isPossible(scene) ? { line } : undefined;
  };
}

/** What waits for somebody and is no sign of a system that has booted: told, so that nobody has to guess. */
export const waitingForInputRules: readonly PictureRule[] = [
  {
    id: 'picture-emergency-shell',
    state: 'emergency_shell',
    certainty: 'likely',
    reason: 'The system has fallen back to a shell for emergencies.',
    looksAt: 'Words of the emergency mode or of the shell of an initial root.',
    seconds: 2,
    find: findWords(words.shell, ({ layout }) => layout.dominant.share > 0.6),
  },
  describeWaiting(
    'picture-disk-passphrase',
    'The start-up screen asks for the passphrase of an encrypted disk.',
    'Words for a passphrase, an encrypted disk or unlocking one; or a single field on a dark screen without a clock.',
    scene => {
      const line = findLine(scene, words.passphrase);
      if (line !== undefined && !hasText(scene, /installation|anaconda/)) return { line };
      const { layout } = scene;
      const isBare = layout.dominant.share > 0.93 && layout.fields.length === 1 && scene.boxes.length <= 4;
      return isBare && layout.panels.length === 0 && layout.blackShare > 0.8 ? {} : undefined;
    },
  ),
  describeWaiting(
    'picture-memory-test',
    'A memory test runs.',
    'Words for a memory test.',
    findWords(words.memoryTest),
  ),
  describeWaiting(
    'picture-firmware-setup',
    'The set-up program of the firmware is open.',
    'Words of such programs, and no desktop around them.',
    findWords(words.firmware, ({ layout }) => layout.dominant.share > 0.4),
  ),
  describeWaiting(
    'picture-installer',
    'An installation program waits for somebody.',
    'Words for installing, partitions or destinations.',
    findWords(words.install),
  ),
  describeWaiting(
    'picture-first-start',
    'The set-up of the first start waits for somebody.',
    'Words for regions, languages, keyboards, terms or accounts.',
    findWords(new RegExp(`${words.firstStart.source}|${words.welcome.source}`)),
  ),
  describeWaiting(
    'picture-session-failed',
    'The greeter or the desktop has failed: it says that something has gone wrong.',
    'Words for something that has gone wrong with a session or the greeter, on a plain screen without bars.',
    findWords(failed, ({ layout }) => layout.dominant.share > 0.6 && layout.panels.length === 0),
  ),
  describeWaiting(
    'picture-pointer-only',
    'The screen shows nothing but a mouse pointer.',
    'One colour and something as small as a mouse pointer.',
    ({ layout }) => (layout.pointerOnly ? {} : undefined),
  ),
];
