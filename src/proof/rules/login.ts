import type { TextRule } from './rule.ts';

export const loginRules: readonly TextRule[] = [
  {
    id: 'text-login-prompt',
    state: 'login',
    reason: 'A text login prompt waits for a user name.',
    where: 'prompt',
    // debian login: _
    // Kernel messages can follow on the same line, since the prompt has no line end: "debian login: [   12.3] e1000: ..."
    patterns: [
      /^(?!Last\b)(?:[A-Za-z0-9][\w.-]{0,63} )?login:[ _█▄\ufffd]*(?:(?:<\d+>)?\[ *\d+\.\d+\].*|-----BEGIN SSH HOST KEY.*|ci-info: .*|<\d+>.*)?$/,
    ],
    seconds: 0.2,
    still: false,
  },
  {
    id: 'automatic-login',
    state: 'login',
    reason: 'The system logged its user in by itself.',
    where: 'end',
    // archiso login: root (automatic login)
    patterns: [/^(?:[A-Za-z0-9][\w.-]{0,63} )?login: [a-z_][\w.-]* \(automatic login\)/],
    seconds: 1,
    still: false,
  },
];
