import type { Key } from './key.ts';

/** By the names of QEMU's QKeyCode: what stands on the key of a US keyboard without Shift, and where the key is. */
const rows: readonly (readonly [names: string, keysyms: readonly number[], scancodes: readonly number[]])[] = [
  ['esc', [0xff1b], [0x01]],
  ['1 2 3 4 5 6 7 8 9 0 minus equal', signs('1234567890-='), from(0x02, 12)],
  ['backspace tab', [0xff08, 0xff09], [0x0e, 0x0f]],
  ['q w e r t y u i o p bracket_left bracket_right', signs('qwertyuiop[]'), from(0x10, 12)],
  ['ret ctrl', [0xff0d, 0xffe3], [0x1c, 0x1d]],
  ['a s d f g h j k l semicolon apostrophe grave_accent', signs("asdfghjkl;'`"), from(0x1e, 12)],
  ['shift backslash', [0xffe1, 0x5c], [0x2a, 0x2b]],
  ['z x c v b n m comma dot slash', signs('zxcvbnm,./'), from(0x2c, 10)],
  ['shift_r kp_multiply alt spc caps_lock', [0xffe2, 0xffaa, 0xffe9, 0x20, 0xffe5], from(0x36, 5)],
  ['f1 f2 f3 f4 f5 f6 f7 f8 f9 f10', from(0xffbe, 10), from(0x3b, 10)],
  ['num_lock scroll_lock', [0xff7f, 0xff14], [0x45, 0x46]],
  ['kp_7 kp_8 kp_9 kp_subtract', [0xffb7, 0xffb8, 0xffb9, 0xffad], from(0x47, 4)],
  ['kp_4 kp_5 kp_6 kp_add', [0xffb4, 0xffb5, 0xffb6, 0xffab], from(0x4b, 4)],
  ['kp_1 kp_2 kp_3 kp_0 kp_decimal', [0xffb1, 0xffb2, 0xffb3, 0xffb0, 0xffae], from(0x4f, 5)],
  ['sysrq less f11 f12 kp_equals', [0xff15, 0x3c, 0xffc8, 0xffc9, 0xffbd], [0x54, 0x56, 0x57, 0x58, 0x59]],
  ['katakanahiragana ro hiragana henkan', [0xff27, 0x5c, 0xff25, 0xff23], [0x70, 0x73, 0x77, 0x79]],
  ['muhenkan yen kp_comma', [0xff22, 0xa5, 0xffac], [0x7b, 0x7d, 0x7e]],
  ['audioprev audionext kp_enter ctrl_r', [0x1008ff16, 0x1008ff17, 0xff8d, 0xffe4], [0x90, 0x99, 0x9c, 0x9d]],
  ['menu audiomute calculator audioplay', [0xff67, 0x1008ff12, 0x1008ff1d, 0x1008ff14], [0x9e, 0xa0, 0xa1, 0xa2]],
  ['audiostop volumedown volumeup ac_home', [0x1008ff15, 0x1008ff11, 0x1008ff13, 0x1008ff18], [0xa4, 0xae, 0xb0, 0xb2]],
  ['kp_divide print alt_r pause', [0xffaf, 0xff61, 0xffea, 0xff13], [0xb5, 0xb7, 0xb8, 0xc6]],
  ['home up pgup left right', [0xff50, 0xff52, 0xff55, 0xff51, 0xff53], [0xc7, 0xc8, 0xc9, 0xcb, 0xcd]],
  ['end down pgdn insert delete', [0xff57, 0xff54, 0xff56, 0xff63, 0xffff], [0xcf, 0xd0, 0xd1, 0xd2, 0xd3]],
  ['meta_l meta_r compose power sleep', [0xffeb, 0xffec, 0xff67, 0x1008ff2a, 0x1008ff2f], from(0xdb, 5)],
  ['wake ac_bookmarks ac_refresh', [0x1008ff2b, 0x1008ff30, 0x1008ff29], [0xe3, 0xe6, 0xe7]],
  ['ac_forward ac_back computer mail', [0x1008ff27, 0x1008ff26, 0x1008ff33, 0x1008ff19], from(0xe9, 4)],
  ['mediaselect help', [0x1008ff32, 0xff6a], [0xed, 0xf5]],
];

/** Every key that QEMU has a name for. */
export const keyTable: ReadonlyMap<string, Key> = new Map(
  rows.flatMap(([names, keysyms, scancodes]) =>
    names.split(' ').map((name, index) => [name, { keysym: keysyms[index] ?? 0, scancode: scancodes[index] ?? 0 }]),
  ),
);

function signs(text: string): number[] {
  return [...text].map(sign => sign.charCodeAt(0));
}

function from(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
