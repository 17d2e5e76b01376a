/** A SHA-256 to compare: browsers and pvenode write it with colons, others without, in either case. */
export function normalizeFingerprint(text: string): string {
  return text.replaceAll(':', '').toUpperCase();
}

/** As `pvenode cert info` writes it. */
export function formatFingerprint(text: string): string {
  return (normalizeFingerprint(text).match(/../g) ?? []).join(':');
}
