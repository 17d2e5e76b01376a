/** What kernel and services print at any time, also after a prompt. */
const noise: readonly RegExp[] = [
  // [   12.345678] random: crng init done        <6>[   12.3] ...
  /^(?:<\d+>)?\[ *\d+\.\d+\]/,
  // [  OK  ] Started ...
  /^\[(?: +OK +|FAILED|DEPEND| INFO | WARN |\*+ *)\]/,
  // <14>Nov 23 06:32:01 cloud-init: ...
  /^<\d+>/,
  /^[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d /,
  /^(?:ci-info: |Cloud-init v\. |cloud-init\[\d+\]:)/,
  /^-----(?:BEGIN|END) SSH HOST KEY/,
  /^(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+) \S/,
];

/** After these the machine or its kernel has started or stopped: a prompt before them is no longer there. */
const barriers: readonly RegExp[] = [
  /Linux version \d/,
  /\] reboot: /,
  /^(?:<\d+>)?(?:\[ *\d+\.\d+\] )?(?:systemd-shutdown\[1\]: |Kernel panic)/,
  /\bCommand line: .*BOOT_IMAGE=/,
];

const furthest = 200;

/** The line at which a person would be asked: the last one, noise after it left out. */
export function findPromptLine(lines: readonly string[]): string | undefined {
  for (let index = lines.length - 1; index >= 0 && index >= lines.length - furthest; index--) {
    const line = lines[index] ?? '';
    if (barriers.some(pattern => pattern.test(line))) return undefined;
    if (!noise.some(pattern => pattern.test(line))) return line;
  }
  return undefined;
}
