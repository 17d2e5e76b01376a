/** A key as a viewer tells of it: what stands on it, by the numbers of the X Window System, and where it is, by those of a PC. */
export interface Key {
  readonly keysym: number;
  /** Of set 1; keys that are announced by E0 have bit 7 set. 0 where a keyboard has no such key. */
  readonly scancode: number;
}
