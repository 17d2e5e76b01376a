import { cutEncoded, encodeLine } from './encode-line.ts';

/** The longest line that is typed: shells without an editor of their own take a thousand characters or so. */
const longestPiece = 160;
/** The longest form of a line that is typed at all: a minute at the keyboard. */
export const longestEncoded = 2000;
export const clearScreen = "printf '\\033[2J\\033[H'";

/**
 * What makes a login's shell take lines: a plain shell in its place, without pagers; a function that runs a line without its
 * keyboard, shows the end of what it prints with controls made visible, and keeps its exit code; and one that puts a line
 * together from what was typed, has it run, and says with a mark that it has ended. Short, since keys take their time.
 */
export const prepareLines: readonly string[] = [
  ' exec sh',
  ' export PAGER=cat SYSTEMD_PAGER=cat GIT_PAGER=cat TERM=dumb; exec 4>&1',
  ' r() { e=$({ { sh -c "$1" </dev/null 2>&1 3>&- 4>&-; printf %s $? >&3; } | tail -n 18 | cut -c 1-300 | cat -v >&4; } 3>&1); }',
  // The point keeps the line ends at the end of a line, which a substitution takes away.
  ` q() { e=lost; if [ \${#f} = $1 ]; then v=$(printf %b "$f."); ${clearScreen}; r "\${v%.}"; fi; printf '\\n%s%s:%s:\\n' $2 $3 "$e"; }`,
];

/**
 * The lines to type so that the shell runs `line` exactly as it is, and says when it has, with the exit code or the word
 * "lost" when keys were lost on the way. The mark is typed in two halves: only what the shell prints has it whole.
 */
export function shellLines(line: string, mark: string): string[] {
  const encoded = encodeLine(line);
  const [first = '', ...others] = cutEncoded(encoded, longestPiece);
  const half = Math.floor(mark.length / 2);
  return [
    ` f='${first}'`,
    ...others.map(piece => ` f=$f'${piece}'`),
    ` q ${encoded.length} ${mark.slice(0, half)} ${mark.slice(half)}`,
  ];
}

export interface ShellAnswer {
  /** Undefined when keys were lost, or the line has no exit code. */
  readonly exitCode: number | undefined;
  readonly lost: boolean;
  /** What stands on the screen above the mark. */
  readonly output: string[];
}

/** The answer on a screen; undefined while the mark is not there. */
export function findAnswer(lines: readonly string[], mark: string): ShellAnswer | undefined {
  for (const [index, line] of lines.entries()) {
    const code = line.startsWith(`${mark}:`) ? /^(\d{1,3}|lost|):$/.exec(line.slice(mark.length + 1))?.[1] : undefined;
    if (code === undefined) continue;
    return {
      exitCode: /^\d+$/.test(code) ? Number(code) : undefined,
      lost: code === 'lost',
      output: lines.slice(0, index),
    };
  }
  return undefined;
}
