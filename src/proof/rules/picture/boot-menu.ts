import type { PictureRule } from './picture-rule.ts';
import { findLine, hasText } from './scene-text.ts';
import { words } from './words.ts';

const chooseSystem =
  /choose an operating system|betriebssystem ausw|choisi\w* un systeme|elegir un sistema operativo|escolh\w+ um sistema|scegli\w* un sistema operativo|オペレーティング システムの選択|オペレーティングシステムの選択|选择操作系统|select operating system|choose an operating system to start/;
const countdown =
  /will be executed automatically|booting in \d|automatic(ally)? (boot )?in \d|boot in \d+ s|will be booted automatically|automatic boot in|\bstart in \d+ s/;
const keys =
  /(use|press).{0,24}(keys?|arrow|enter|tab|'e'|\be\b).{0,60}(select|edit|boot|highlight|change)|press tab (for|to edit)|gnu grub|grub version/;
const entries =
  /advanced options for|memory test|(fallback|recovery mode|rescue a|with linux|, with hypervisor|boot from local|uefi firmware settings)/;

/** Menus in which a boot loader asks what to start. */
export const bootMenuRules: readonly PictureRule[] = [
  {
    id: 'picture-boot-menu',
    state: 'boot_menu',
    certainty: 'likely',
    reason: 'A boot loader shows its menu.',
    looksAt:
      'The question for an operating system, or two of: a countdown, help for keys, entries as boot loaders name them.',
    seconds: 2,
    find: scene => {
      const question = findLine(scene, chooseSystem);
      if (question !== undefined && scene.layout.dominant.share > 0.4) return { line: question };
      const signs = [countdown, keys, entries].filter(pattern => hasText(scene, pattern));
      const line = findLine(scene, countdown) ?? findLine(scene, keys) ?? findLine(scene, entries);
      return signs.length >= 2 && !hasText(scene, words.password) ? { line } : undefined;
    },
  },
];
