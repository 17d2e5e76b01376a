import type { TextRule } from './rule.ts';

/** A graphical login that does not come up, with no text login beside it. A text login decides by itself. */
export const displayManagerRules: readonly TextRule[] = [
  {
    id: 'display-manager-failed',
    state: 'inconclusive',
    reason: 'The display manager fails to start, and nothing else is shown to sign in at.',
    certainty: 'likely',
    where: 'end',
    // [FAILED] Failed to start lightdm.service - Light Display Manager.
    patterns: [
      /^(?:\[FAILED\] )?Failed to start (?:.*\bDisplay Manager\b|\S*(?:[glswx]x?dm3?|greetd|display-manager)\.service\b)/,
    ],
    without: /(?:^| )login: *[_█]?$/,
    // It is started again some times, and one that succeeds shows itself by then.
    seconds: 90,
    still: false,
    // A serial line keeps the words although a greeter is shown.
    sources: ['screen'],
  },
];
