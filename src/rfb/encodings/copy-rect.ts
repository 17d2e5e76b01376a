import type { ByteReader } from '../byte-reader.ts';
import type { Area, Screen } from '../screen.ts';

/** What stands elsewhere on the screen already. */
export async function decodeCopyRect(reader: ByteReader, screen: Screen, area: Area): Promise<void> {
  const x = await reader.uint16();
  const y = await reader.uint16();
  screen.require({ ...area, x, y });
  screen.copy(x, y, area);
}
