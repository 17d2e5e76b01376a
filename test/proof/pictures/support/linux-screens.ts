import { Canvas } from './canvas.ts';
import { type DrawnScreen, pickSize } from './screen.ts';
import { drawUser } from './windows-parts.ts';

const cantarell = 'Cantarell';
const dejavu = 'DejaVu Sans';
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Greeters, desktops, start-up screens and menus of Linux. */
export function drawLinuxScreens(): DrawnScreen[] {
  const many = (
    name: string,
    state: DrawnScreen['state'],
    count: number,
    draw: (index: number) => Canvas,
  ): DrawnScreen[] => range(count).map(index => ({ name: `linux-${name}-${index}`, state, canvas: draw(index) }));
  return [
    ...many('gdm-password', 'graphical_login', 4, drawGdmPassword),
    ...many('gdm-list', 'graphical_login', 3, drawGdmList),
    ...many('lightdm', 'graphical_login', 4, drawLightdm),
    ...many('sddm', 'graphical_login', 4, drawSddm),
    ...many('gnome-lock', 'graphical_login', 2, drawGnomeLock),
    ...many('gnome', 'desktop', 4, drawGnome),
    ...many('plasma', 'desktop', 4, drawPlasma),
    ...many('xfce', 'desktop', 3, drawXfce),
    ...many('grub-theme', 'boot_menu', 3, drawGrubTheme),
    ...many('offline-update', 'updating', 3, drawOfflineUpdate),
    ...many('splash-check', 'disk_check', 2, drawSplashCheck),
    { name: 'linux-emergency-0', state: 'emergency_shell', canvas: drawEmergency() },
  ];
}

const barTimes = ['Nov 25 10:42', '25. Nov 10:42', '25 nov. 10:42', '11月25日 10:42'];

function drawTopBar(canvas: Canvas, index: number, left: string | undefined, fill = '#000'): void {
  canvas.rectangle(0, 0, canvas.width, 32, fill);
  if (left !== undefined) canvas.text(16, 21, 15, left, { font: cantarell, weight: 700 });
  canvas.text(canvas.width / 2, 21, 15, barTimes[index % 4] ?? '', { anchor: 'middle', font: cantarell, weight: 700 });
  for (const [spot, x] of [84, 58, 32].entries()) {
    if (spot === 1) canvas.rectangle(canvas.width - x, 11, 12, 10, '#fff');
    else canvas.circle(canvas.width - x + 6, 16, 6, 'none', { stroke: '#fff', strokeWidth: 2 });
  }
}

function drawGdmPassword(index: number): Canvas {
  const [width, height] = pickSize(index);
  const background = ['#2c2c2c', '#242428', '#333', '#2e3436'][index] ?? '#2c2c2c';
  const canvas = new Canvas(width, height, background);
  drawTopBar(canvas, index, undefined, background);
  drawUser(canvas, width / 2, height * 0.38, Math.min(82, height * 0.1), '#48484c', '#fff');
  canvas.text(width / 2, height * 0.56, 22, 'maria', { anchor: 'middle', font: cantarell, weight: 700 });
  const [left, top] = [width / 2 - 134, height * 0.6];
  canvas.rectangle(left, top, 268, 36, '#46464a', { radius: 9, stroke: '#3584e4', strokeWidth: 2 });
  canvas.text(left + 14, top + 24, 15, ['Password', 'Passwort', 'Mot de passe', 'パスワード'][index] ?? '', {
    fill: '#c8c8c8',
    font: cantarell,
  });
  canvas.text(width / 2, height - 40, 30, 'debian', { anchor: 'middle', fill: '#eee' });
  return canvas;
}

function drawGdmList(index: number): Canvas {
  const [width, height] = pickSize(index + 1);
  const canvas = new Canvas(width, height, '#2a2a2e');
  drawTopBar(canvas, index, undefined, '#2a2a2e');
  for (const row of range(index + 1)) {
    const top = height * 0.36 + row * 94;
    canvas.rectangle(width / 2 - 164, top, 328, 80, row === 0 ? '#3a5a8a' : '#3a3a3e', { radius: 12 });
    drawUser(canvas, width / 2 - 118, top + 40, 28, '#55555a', '#fff');
    canvas.text(width / 2 - 70, top + 46, 18, ['maria', 'Jonas Weber', 'guest'][row] ?? '', {
      font: cantarell,
      weight: 700,
    });
  }
  const label = ['Not listed?', 'Nicht aufgeführt?', 'Absent de la liste ?'][index] ?? '';
  canvas.text(width / 2 - 150, height * 0.36 + (index + 1) * 94 + 20, 14, label, { font: cantarell });
  return canvas;
}

function drawLightdm(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height, '#000');
  if (index % 2 === 0) canvas.photo(index + 20);
  else canvas.rectangle(0, 0, width, height, '#2b3b4b');
  canvas.rectangle(0, 0, width, 26, '#1a1a1a');
  canvas.text(8, 18, 13, 'debian', { font: dejavu });
  canvas.text(width / 2, 18, 13, ['Wed, 10:42', 'Mi, 10:42', 'mer. 10:42', 'mié, 10:42'][index] ?? '', {
    anchor: 'middle',
    font: dejavu,
  });
  canvas.text(width - 60, 18, 13, ['en', 'de', 'fr', 'es'][index] ?? '', { font: dejavu });
  canvas.circle(width - 20, 13, 6, 'none', { stroke: '#fff', strokeWidth: 2 });
  const [left, top] = [width / 2 - 171, height / 2 - 92];
  canvas.rectangle(left, top, 342, 184, '#f2f1f0', { stroke: '#888' });
  drawUser(canvas, left + 62, top + 70, 38, '#dcdcdc', '#999');
  canvas.rectangle(left + 122, top + 36, 196, 32, '#fff', { stroke: '#aaa' });
  canvas.text(left + 130, top + 57, 13, 'maria', { fill: '#222', font: dejavu });
  canvas.rectangle(left + 122, top + 82, 196, 32, '#fff', { stroke: '#3584e4', strokeWidth: 2 });
  canvas.rectangle(left + 236, top + 132, 82, 32, '#e4e2e0', { stroke: '#aaa', radius: 3 });
  canvas.text(left + 277, top + 153, 13, ['Log In', 'Anmelden', 'Connexion', 'Entrar'][index] ?? '', {
    fill: '#222',
    anchor: 'middle',
    font: dejavu,
  });
  return canvas;
}

function drawSddm(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  if (index === 3) canvas.gradient('#1d99f3', '#1a5a9a');
  else canvas.photo(index + 60);
  const middle = { anchor: 'middle' as const };
  canvas.text(width / 2, height * 0.15, height * 0.075, ['10:42 AM', '10:42', '10:42', '10:42'][index] ?? '', middle);
  canvas.text(
    width / 2,
    height * 0.22,
    height * 0.035,
    [
      'Wednesday, November 25, 2026',
      'Mittwoch, 25. November 2026',
      'mercredi 25 novembre 2026',
      'miércoles, 25 de noviembre de 2026',
    ][index] ?? '',
    middle,
  );
  drawUser(canvas, width / 2, height * 0.42, height * 0.075, '#fcfcfc', '#5a6a7a');
  canvas.text(width / 2, height * 0.54, 15, 'maria', middle);
  canvas.rectangle(width / 2 - 144, height * 0.58, 250, 32, '#fcfcfc', { radius: 3, stroke: '#3daee9' });
  canvas.text(
    width / 2 - 134,
    height * 0.58 + 21,
    14,
    ['Password', 'Passwort', 'Mot de passe', 'Contraseña'][index] ?? '',
    { fill: '#888' },
  );
  canvas.rectangle(width / 2 + 112, height * 0.58, 32, 32, '#fcfcfc', { radius: 3 });
  for (const [spot, label] of [
    ['Sleep', 'Standby', 'Veille', 'Suspender'],
    ['Restart', 'Neustart', 'Redémarrer', 'Reiniciar'],
    ['Shut Down', 'Ausschalten', 'Éteindre', 'Apagar'],
  ].entries()) {
    const x = width / 2 + (spot - 1) * 100;
    canvas.circle(x, height * 0.82, 16, 'none', { stroke: '#fff', strokeWidth: 2 });
    canvas.text(x, height * 0.82 + 38, 13, label[index] ?? '', middle);
  }
  return canvas;
}

function drawGnomeLock(index: number): Canvas {
  const [width, height] = pickSize(index + 2);
  const canvas = new Canvas(width, height).photo(index + 81);
  const more = { anchor: 'middle' as const, font: cantarell, weight: 700 };
  canvas.text(width / 2, height * 0.36, height * 0.11, '10:42', more);
  canvas.text(
    width / 2,
    height * 0.43,
    height * 0.032,
    index === 0 ? 'Wednesday 25 November' : 'Mittwoch, 25. November',
    more,
  );
  return canvas;
}

function drawGnome(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  if (index % 2) canvas.photo(index + 30);
  else canvas.gradient('#204a87', '#8ab0e0', true);
  drawTopBar(canvas, index, ['Activities', 'Aktivitäten', 'Activités', 'アクティビティ'][index]);
  if (index === 3) {
    canvas.rectangle(0, 32, 68, height - 32, '#1a1020', { opacity: 0.85 });
    for (const row of range(6)) canvas.rectangle(14, 48 + row * 58, 40, 40, `hsl(${row * 60},60%,55%)`, { radius: 8 });
  }
  return canvas;
}

function drawPlasma(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  if (index % 2 === 0) canvas.photo(index + 50);
  else canvas.gradient('#3a2a6a', '#d06a9a', true);
  const isLight = index < 2;
  const isFloating = index === 2;
  const top = height - (isFloating ? 52 : 44);
  const [left, across] = isFloating ? [8, width - 16] : [0, width];
  canvas.rectangle(left, top, across, 44, isLight ? '#eff0f1' : '#2a2e32', { radius: isFloating ? 8 : 0 });
  const ink = isLight ? '#232629' : '#fcfcfc';
  canvas.circle(left + 24, top + 22, 12, '#3daee9');
  for (const icon of range(4))
    canvas.rectangle(left + 52 + icon * 44, top + 8, 28, 28, `hsl(${icon * 80},50%,50%)`, { radius: 4 });
  for (const icon of range(4))
    canvas.rectangle(width - 210 + icon * 28, top + 15, 14, 14, 'none', { stroke: ink, strokeWidth: 2 });
  canvas.text(width - 52, top + 20, 14, ['10:42 AM', '10:42', '10:42', '10:42'][index] ?? '', {
    anchor: 'middle',
    fill: ink,
  });
  canvas.text(width - 52, top + 37, 11, ['11/25/26', '25.11.26', '25/11/2026', '25/11/26'][index] ?? '', {
    anchor: 'middle',
    fill: ink,
  });
  return canvas;
}

function drawXfce(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  if (index === 1) canvas.photo(5);
  else canvas.gradient('#2a5a7a', '#1a2a3a');
  canvas.rectangle(0, 0, width, 26, index === 2 ? '#f4f4f4' : '#1e1e1e');
  const fill = index === 2 ? '#222' : '#fff';
  canvas.text(10, 18, 13, ['Applications', 'Anwendungen', 'Applications'][index] ?? '', { fill, font: dejavu });
  canvas.rectangle(width - 180, 7, 12, 12, 'none', { stroke: fill, strokeWidth: 2 });
  canvas.text(width - 60, 18, 13, ['Wed 25 Nov, 10:42', 'Mi 25 Nov, 10:42', '2026-11-25 10:42'][index] ?? '', {
    fill,
    font: dejavu,
    anchor: 'end',
  });
  canvas.text(width - 12, 18, 13, 'maria', { fill, font: dejavu, anchor: 'end' });
  for (const [row, name] of ['Home', 'Trash'].entries()) {
    canvas.rectangle(24, 50 + row * 90, 44, 40, '#c0a060', { radius: 3 });
    canvas.text(46, 108 + row * 90, 12, name, { anchor: 'middle', font: dejavu });
  }
  return canvas;
}

function drawGrubTheme(index: number): Canvas {
  const [width, height] = pickSize(index + 1);
  const canvas = new Canvas(width, height, '#2c001e');
  if (index === 1) canvas.photo(8);
  if (index === 2) canvas.gradient('#0a2a4a', '#1a6a9a');
  const left = width * 0.18;
  canvas.rectangle(left, height * 0.2, width * 0.64, height * 0.4, '#101820', { stroke: '#ccc', strokeWidth: 2 });
  const names = ['Debian GNU/Linux', 'Advanced options for Debian GNU/Linux', 'UEFI Firmware Settings'];
  canvas.rectangle(left + 8, height * 0.24, width * 0.64 - 16, 30, '#d7d7d7');
  for (const [row, name] of names.entries()) {
    canvas.text(left + 20, height * 0.24 + 21 + row * 34, 17, name, {
      fill: row === 0 ? '#111' : '#eee',
      font: dejavu,
    });
  }
  canvas.text(width / 2, height * 0.7, 15, 'The highlighted entry will be executed automatically in 5s.', {
    anchor: 'middle',
    font: dejavu,
  });
  canvas.text(width / 2, height * 0.76, 15, 'Press enter to boot the selected OS, `e’ to edit the commands', {
    anchor: 'middle',
    font: dejavu,
  });
  return canvas;
}

function drawOfflineUpdate(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height, ['#000', '#2e3436', '#1a1a2a'][index] ?? '#000');
  const middle = { anchor: 'middle' as const, font: cantarell };
  canvas.circle(width / 2, height * 0.4, height * 0.06, '#c0c8d8');
  canvas.text(
    width / 2,
    height * 0.66,
    22,
    [
      'Installing Updates…',
      'Aktualisierungen werden installiert: Updates werden installiert',
      'Installing updates; this could take a while',
    ][index] ?? '',
    middle,
  );
  canvas.text(width / 2, height * 0.72, 18, `${index * 20 + 12}%`, middle);
  canvas.text(
    width / 2,
    height * 0.78,
    16,
    ['Do not turn off your computer', 'Nicht ausschalten', 'Do not turn off your computer'][index] ?? '',
    middle,
  );
  return canvas;
}

function drawSplashCheck(index: number): Canvas {
  const [width, height] = pickSize(index + 1);
  const canvas = new Canvas(width, height, '#101018');
  canvas.circle(width / 2, height * 0.38, height * 0.07, '#d04a5a');
  const text =
    index === 0 ? 'Checking disks: 34.2% complete (fsck)' : 'Checking in progress on 1 disk (56.1% complete)';
  canvas.text(width / 2, height * 0.8, 17, text, { anchor: 'middle', font: dejavu });
  return canvas;
}

function drawEmergency(): Canvas {
  const lines = [
    'You are in emergency mode. After logging in, type "journalctl -xb" to view',
    'system logs, "systemctl reboot" to reboot, or "exit" to continue.',
    'Give root password for maintenance',
    '(or press Control-D to continue):',
  ];
  return new Canvas(1280, 800, '#0a0a0a').lines(12, 40, 17, lines, { font: 'DejaVu Sans Mono', fill: '#ddd' });
}
