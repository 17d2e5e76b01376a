/** Numbers of the encodings that are asked for (RFC 6143, 7.6 to 7.8, and the registry of rfbproto). */
export const encodings = {
  raw: 0,
  copyRect: 1,
  hextile: 5,
  tight: 7,
  zrle: 16,
  desktopSize: -223,
  lastRect: -224,
  cursor: -239,
  extendedKeys: -258,
  extendedDesktopSize: -308,
} as const;

/** The first one that a server knows is what it uses. */
export const preferredEncodings: readonly number[] = [
  encodings.copyRect,
  encodings.tight,
  encodings.zrle,
  encodings.hextile,
  encodings.raw,
  encodings.desktopSize,
  encodings.extendedDesktopSize,
  encodings.lastRect,
  encodings.cursor,
  encodings.extendedKeys,
];
