// C0, DEL and C1 controls, and the bidirectional overrides that can reorder a line on a terminal.
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of a foreign program made safe to show: control characters become `\xNN` or `\uNNNN`; tabs and newlines stay. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, character => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
