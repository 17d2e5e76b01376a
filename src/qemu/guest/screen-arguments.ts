/** Arguments for the remote screen of a machine whose files are in `folder`. */
export async function describeScreen(_folder: string): Promise<readonly string[]> {
  return [];
}
