import type { TextRule } from './rule.ts';

// "Last login: Mon Nov 23 …" is what a session begins with.
const name = '(?!Last\\b)[A-Za-z0-9][\\w.-]{0,63}';
const cursor = '[ _█▄\\ufffd]*';

/** A login prompt on a line of its own: "debian login: _". */
export const loginPrompt = new RegExp(`^${name} (?:console )?[Ll]ogin:${cursor}$`);

export const loginRules: readonly TextRule[] = [
  {
    id: 'text-login-prompt',
    state: 'login',
    reason: 'A text login prompt waits for a user name.',
    where: 'prompt',
    // debian login: _       MikroTik Login:       solaris console login:
    // Kernel messages can follow on the same line, since the prompt has no line end: "debian login: [   12.3] e1000: ..."
    patterns: [
      new RegExp(
        `^(?:${name} )?(?:console )?[Ll]ogin:${cursor}(?:(?:<\\d+>)?\\[ *\\d+\\.\\d+\\].*|-----BEGIN SSH HOST KEY.*|ci-info: .*|<\\d+>.*)?$`,
      ),
    ],
    seconds: 0.2,
    still: false,
  },
  {
    id: 'automatic-login',
    state: 'login',
    reason: 'The system logged its user in by itself.',
    where: 'anywhere',
    // archiso login: root (automatic login)
    patterns: [new RegExp(`^(?:${name} )?login: [a-z_][\\w.-]* \\(automatic login\\)`)],
    seconds: 1,
    still: false,
  },
  {
    id: 'automatic-login',
    state: 'login',
    reason: 'The shell of a user waits, whom the system logged in by itself.',
    certainty: 'likely',
    where: 'prompt',
    // user@live:~$ : emergency shells are those of root.
    patterns: [/^(?!root@)[a-z_][\w-]*@[A-Za-z0-9][\w.-]*:~[$%][ _█]*$/],
    seconds: 5,
    still: true,
  },
  {
    id: 'console-offered',
    state: 'login',
    reason: 'The system has started and offers its console to whoever presses Enter.',
    certainty: 'likely',
    where: 'prompt',
    // What the init of BusyBox says for "askfirst"; small systems for routers and devices end so.
    patterns: [/^Please press Enter to activate this console\b/],
    seconds: 3,
    still: true,
  },
  {
    id: 'console-menu',
    state: 'login',
    reason: 'The system has started and shows the menu of its console.',
    certainty: 'likely',
    where: 'prompt',
    // What firewalls and storage systems made of FreeBSD end with: " 8) Shell" … "Enter an option: "
    patterns: [/^Enter an option(?: from \d+-\d+)?: ?[_█]?$/],
    with: /\b\d{1,2}\) .*\b(?:Shell|Reboot|Shut ?down|Halt system|Reset)\b/i,
    seconds: 3,
    still: true,
  },
  {
    id: 'login-prompt-covered',
    state: 'login',
    reason: 'A text login prompt was shown, and services wrote their messages below it.',
    certainty: 'likely',
    where: 'anywhere',
    patterns: [loginPrompt],
    // An answer, a shell, or the way down.
    before:
      /^(?:Password: ?|Login incorrect\b|Give root password|\(initramfs\)|grub)|[$#>%] ?_?$|\blogin:|\bKernel panic\b|\bLinux version \d|\breboot: |\bsystemd-shutdown\b|\b(?:going down|[Ss]hutting down|[Pp]ower(?:ing|ed)? (?:off|down)|Stopp(?:ed|ing)|[Rr]eboot(?:ing)?|[Hh]alt(?:ed|ing)?|emergency mode|rescue mode)\b/,
    seconds: 20,
    still: true,
  },
];
