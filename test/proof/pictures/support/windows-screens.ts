import { Canvas } from './canvas.ts';
import { languages, type ScreenWords } from './languages.ts';
import { type DrawnScreen, pickSize } from './screen.ts';
import { drawDots, drawQrCode, drawUser, drawWindowsLogo } from './windows-parts.ts';

const blue = '#0078d7';
const all = Object.entries(languages);

/** Screens of Windows, each in all languages. */
export function drawWindowsScreens(): DrawnScreen[] {
  const screens: DrawnScreen[] = [];
  for (const [index, [language, words]] of all.entries()) {
    const add = (name: string, state: DrawnScreen['state'], canvas: Canvas): void => {
      screens.push({ name: `windows-${name}-${language}`, state, canvas });
    };
    add('stop', 'blue_screen', drawStop(words, index));
    add('lock', 'graphical_login', drawLock(words, index));
    add('sign-in', 'graphical_login', drawSignIn(words, index + 1));
    add('repair', 'recovery', drawRepair(words, index));
    add('options', 'recovery', drawOptions(words, index + 2));
    add('boot-manager', 'bootloader_error', drawBootManager(words, index + 1));
    add('bitlocker', 'bitlocker_recovery', drawBitlocker(words, index));
    add('updates', 'updating', drawUpdates(words.updates, index));
    add('devices', 'updating', drawDevices(words.devices, index + 1));
    add('scanning', 'disk_check', drawScanning(words, index));
    add('server-lock', 'graphical_login', drawServerLock(words, index + 2));
  }
  return screens;
}

function drawStop(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const background = [blue, blue, '#000', '#0a7a0a'][index % 4] ?? blue;
  const canvas = new Canvas(width, height, background);
  const left = width * 0.1;
  const size = height * 0.032;
  canvas.text(left, height * 0.28, height * 0.17, ':(');
  canvas.lines(left, height * 0.4, size, words.problem);
  canvas.text(left, height * 0.6, size, words.complete);
  drawQrCode(canvas, left, height * 0.68, Math.max(3, Math.round(height / 270)), background);
  const beside = left + 32 * Math.max(3, Math.round(height / 270));
  const small = Math.max(12, height * 0.018);
  canvas.text(beside, height * 0.7, small, 'https://www.windows.com/stopcode');
  canvas.text(
    beside,
    height * 0.8,
    small,
    `${words.stopCode} ${['INACCESSIBLE_BOOT_DEVICE', 'CRITICAL_PROCESS_DIED'][index % 2]}`,
  );
  if (index % 2 === 1) canvas.text(beside, height * 0.84, small, `${words.whatFailed} storahci.sys`);
  return canvas;
}

function drawLock(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index + 1);
  const canvas = new Canvas(width, height);
  if (index % 2 === 0) canvas.photo(index + 3);
  else canvas.gradient('#10306a', '#c04a2a', true);
  const isNew = index % 3 === 1;
  const x = isNew ? width / 2 : width * 0.04;
  const anchor = isNew ? 'middle' : 'start';
  const y = isNew ? height * 0.22 : height * 0.8;
  canvas.text(x, y, height * 0.13, words.clock, { anchor, weight: isNew ? 600 : 300 });
  canvas.text(x, y + height * 0.075, height * 0.045, words.lockDate, { anchor });
  return canvas;
}

function drawSignIn(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  if (index % 3 === 0) canvas.photo(index + 40);
  else if (index % 3 === 1) canvas.gradient('#0a5aa0', '#102a50');
  else canvas.rectangle(0, 0, width, height, '#0063b1');
  const middle = width / 2;
  drawUser(canvas, middle, height * 0.34, height * 0.11);
  canvas.text(middle, height * 0.53, height * 0.042, ['Administrator', 'Jana Muster', 'user'][index % 3] ?? 'user', {
    anchor: 'middle',
  });
  const field = { width: Math.min(296, width * 0.34), height: 36 };
  const [left, top] = [middle - field.width / 2, height * 0.58];
  canvas.rectangle(left, top, field.width, field.height, '#fff', { stroke: '#ccc', strokeWidth: 2 });
  canvas.text(left + 10, top + 24, 15, words.password, { fill: '#666' });
  canvas.rectangle(left + field.width - 34, top + 2, 32, 32, '#e0e0e0');
  canvas.path(`M${left + field.width - 26} ${top + 18}h14m-5 -5l5 5l-5 5`, 'none', { stroke: '#333', strokeWidth: 2 });
  canvas.circle(width - 40, height - 40, 10, 'none', { stroke: '#fff', strokeWidth: 2 });
  canvas.circle(width - 90, height - 40, 10, 'none', { stroke: '#fff', strokeWidth: 2 });
  return canvas;
}

function drawRepair(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  drawWindowsLogo(canvas, width / 2, height * 0.4, height * 0.2, index % 2 === 0);
  drawDots(canvas, width / 2, height * 0.73, height * 0.035, index);
  canvas.text(width / 2, height * 0.82, height * 0.03, index % 2 === 0 ? words.repair : words.diagnosing, {
    anchor: 'middle',
  });
  return canvas;
}

function drawOptions(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height, '#0067b8');
  canvas.text(width * 0.1, height * 0.16, height * 0.06, words.option, { weight: 300 });
  for (const [row, label] of [words.repair, words.troubleshoot].entries()) {
    const top = height * (0.3 + row * 0.2);
    canvas.rectangle(width * 0.1, top, width * 0.36, height * 0.14, '#005a9e');
    canvas.rectangle(width * 0.1 + 12, top + 12, height * 0.14 - 24, height * 0.14 - 24, '#0067b8', { stroke: '#fff' });
    canvas.text(width * 0.1 + height * 0.15, top + height * 0.08, height * 0.028, label);
  }
  return canvas;
}

function drawBootManager(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height, blue);
  const size = height * 0.03;
  canvas.text(width * 0.1, height * 0.2, size * 1.8, { en: 'Recovery', de: 'Wiederherstellung' }.en);
  canvas.text(width * 0.1, height * 0.32, size, words.repairNeeded);
  canvas.text(width * 0.1, height * 0.48, size * 0.8, 'File: \\Windows\\system32\\winload.efi');
  canvas.text(
    width * 0.1,
    height * 0.54,
    size * 0.8,
    ['Error code: 0xc000000e', 'Error code: 0xc0000225', 'Error code: 0xc0000098'][index % 3] ?? '',
  );
  canvas.text(width * 0.1, height * 0.74, size * 0.8, 'Enter    F1    F8    Esc');
  return canvas;
}

function drawBitlocker(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height, index % 2 ? '#0067b8' : '#004275');
  const size = height * 0.03;
  canvas.text(width * 0.12, height * 0.16, size * 1.9, 'BitLocker', { weight: 300 });
  canvas.text(width * 0.12, height * 0.3, size, words.recoveryKey);
  canvas.rectangle(width * 0.12, height * 0.36, width * 0.5, size * 1.8, '#fff');
  canvas.text(width * 0.12, height * 0.52, size * 0.8, 'ID: 3F0A9C21-77D4-4B1E-9A36-1D52E8B0C47F');
  canvas.text(width * 0.12, height * 0.6, size * 0.8, 'https://aka.ms/recoverykey');
  return canvas;
}

function drawUpdates(text: string, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height, index % 2 ? '#000' : '#005a9e');
  drawDots(canvas, width / 2, height * 0.4, height * 0.045, index * 2);
  for (const [row, line] of text.split('  ').entries()) {
    canvas.text(width / 2, height * (0.54 + row * 0.05), height * 0.034, line, { anchor: 'middle' });
  }
  return canvas;
}

function drawDevices(text: string, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  drawWindowsLogo(canvas, width / 2, height * 0.4, height * 0.18, index % 2 === 0);
  drawDots(canvas, width / 2, height * 0.74, height * 0.03, index);
  canvas.text(width / 2, height * 0.83, height * 0.03, text, { anchor: 'middle' });
  return canvas;
}

function drawScanning(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  drawWindowsLogo(canvas, width / 2, height * 0.4, height * 0.18, index % 2 === 1);
  drawDots(canvas, width / 2, height * 0.74, height * 0.03, index);
  canvas.text(width / 2, height * 0.83, Math.max(14, height * 0.026), words.scanning, { anchor: 'middle' });
  return canvas;
}

function drawServerLock(words: ScreenWords, index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  if (index % 2) canvas.photo(index + 90);
  else canvas.gradient('#1a4a7a', '#0a1a30');
  canvas.text(width * 0.04, height * 0.78, height * 0.12, words.clock, { weight: 300 });
  canvas.text(width * 0.04, height * 0.85, height * 0.045, words.lockDate);
  canvas.text(width / 2, height * 0.12, height * 0.032, words.secureAttention, { anchor: 'middle' });
  return canvas;
}
