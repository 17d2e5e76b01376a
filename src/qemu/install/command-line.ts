/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** For people to read, and to paste: words with anything special in them stand in quotation marks. */
export function formatCommand(command: CommandLine): string {
  return command.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
