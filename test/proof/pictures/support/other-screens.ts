import { Canvas } from './canvas.ts';
import type { DrawnScreen } from './screen.ts';
import { drawUser } from './windows-parts.ts';

const cantarell = 'Cantarell';
const dejavu = 'DejaVu Sans';
const middle = { anchor: 'middle' as const };

/** Greeters and desktops of other makes, and what stands where theirs does and is none. */
export function drawOtherScreens(): DrawnScreen[] {
  const login = 'graphical_login' as const;
  return [
    { name: 'linux-form-en', state: login, canvas: drawForm('Wed Nov 25, 10:42', 'Password:', ['Cancel', 'Sign In']) },
    { name: 'linux-form-es', state: login, canvas: drawForm('mié 25 nov, 10:42', 'Clave:', ['Volver', 'Seguir']) },
    { name: 'linux-form-ru', state: login, canvas: drawForm('Ср, 25 ноября 10:42', 'Пароль:', ['Отмена', 'Войти']) },
    {
      name: 'linux-themed-en',
      state: login,
      canvas: drawThemed('Welcome!', 'Wednesday, November 25, 2026', ['Suspend', 'Reboot', 'Shutdown']),
    },
    {
      name: 'linux-themed-es',
      state: login,
      canvas: drawThemed('¡Bienvenida!', 'miércoles, 25 de noviembre', ['Suspender', 'Reiniciar', 'Apagar']),
    },
    { name: 'linux-live-desktop', state: 'desktop', canvas: drawLiveDesktop(false) },
    { name: 'hard-live-installer', state: 'inconclusive', canvas: drawLiveDesktop(true) },
    { name: 'hard-form-host', state: 'inconclusive', canvas: drawHostForm() },
    { name: 'hard-form-half', state: 'inconclusive', canvas: drawHalfForm() },
    { name: 'hard-wizard-power', state: 'inconclusive', canvas: drawWizard() },
  ];
}

function startForm(time: string): Canvas {
  const canvas = new Canvas(1024, 768, '#2d3337');
  canvas.text(512, 19, 14, time, { ...middle, font: cantarell, weight: 700 });
  for (const x of [930, 960, 990]) canvas.circle(x, 13, 6, 'none', { stroke: '#fff', strokeWidth: 2 });
  return canvas;
}

function addField(canvas: Canvas, label: string, buttons: readonly string[]): Canvas {
  canvas.text(344, 390, 15, label, { font: cantarell, fill: '#bbb' });
  canvas.rectangle(344, 402, 336, 28, '#26292b', { stroke: '#70746f' });
  for (const [index, name] of buttons.entries()) {
    const left = index === 0 ? 344 : 590;
    canvas.rectangle(left, 464, 90, 28, index === 0 ? '#373d41' : '#204a87', { stroke: '#15181a' });
    canvas.text(left + 45, 483, 14, name, { ...middle, font: cantarell });
  }
  return canvas;
}

// The form stands on the bare screen: no box around it, the picture of the user a square.
function drawForm(time: string, label: string, buttons: readonly string[]): Canvas {
  const canvas = startForm(time);
  canvas.rectangle(344, 288, 62, 62, '#2d3337', { stroke: '#eee', strokeWidth: 2 });
  drawUser(canvas, 375, 321, 30, '#2d3337', '#eee');
  canvas.text(422, 325, 17, 'maria', { font: cantarell, weight: 700 });
  return addField(canvas, label, buttons);
}

function drawHostForm(): Canvas {
  const canvas = startForm('Wed Nov 25, 10:42').text(344, 340, 20, 'This computer', { font: cantarell });
  return addField(canvas, 'Name on the network:', ['Back', 'Next']);
}

function drawHalfForm(): Canvas {
  const canvas = startForm('Wed Nov 25, 10:42');
  canvas.rectangle(344, 288, 62, 62, '#2d3337', { stroke: '#eee', strokeWidth: 2 });
  return canvas.text(422, 325, 17, 'maria', { font: cantarell, weight: 700 });
}

// Everything in a column at the left, on a colour that the picture goes over into.
function drawThemed(greeting: string, date: string, power: readonly string[]): Canvas {
  const canvas = new Canvas(1366, 768).photo(17).rectangle(0, 0, 520, 768, '#3a3f4b');
  canvas.text(260, 150, 34, greeting, middle).text(260, 210, 28, '10:42', middle).text(260, 250, 17, date, middle);
  for (const [row, name] of ['maria', ''].entries()) {
    canvas.rectangle(130, 320 + row * 56, 260, 36, '#2c303a', { stroke: '#8a90a0', radius: 4 });
    canvas.text(260, 344 + row * 56, 15, name, middle);
  }
  canvas.rectangle(130, 460, 260, 36, '#d8a657', { radius: 4 });
  for (const [index, name] of power.entries()) {
    canvas.circle(140 + index * 120, 640, 14, 'none', { stroke: '#d8dee9', strokeWidth: 2 });
    canvas.text(140 + index * 120, 680, 13, name, { ...middle, font: dejavu });
  }
  return canvas;
}

// An icon that installs the live system is part of its desktop; the program that does so is not.
function drawLiveDesktop(installs: boolean): Canvas {
  const canvas = new Canvas(1280, 800).gradient('#2a6a9a', '#8ac0d0', true);
  canvas.rectangle(36, 30, 48, 44, '#f0a030', { radius: 6 }).circle(60, 52, 12, '#fff');
  canvas.text(60, 92, 13, 'Install to Hard', { ...middle, font: dejavu });
  canvas.text(60, 110, 13, 'Drive', { ...middle, font: dejavu });
  canvas.rectangle(0, 756, 1280, 44, '#2a2e32').circle(24, 778, 12, '#3daee9');
  for (let icon = 0; icon < 4; icon++)
    canvas.rectangle(52 + icon * 44, 764, 28, 28, `hsl(${icon * 80},50%,50%)`, { radius: 4 });
  for (let icon = 0; icon < 4; icon++)
    canvas.rectangle(1070 + icon * 28, 771, 14, 14, 'none', { stroke: '#fcfcfc', strokeWidth: 2 });
  canvas.text(1228, 776, 14, '10:42 AM', middle).text(1228, 793, 11, '11/25/26', middle);
  if (!installs) return canvas;
  canvas.rectangle(240, 130, 800, 520, '#eff0f1', { stroke: '#555' }).rectangle(240, 130, 800, 30, '#31363b');
  canvas.text(640, 150, 14, 'Installer', middle).text(270, 220, 22, 'Who will use it?', { fill: '#222' });
  for (const [row, name] of ['Name', 'Password'].entries()) {
    canvas.text(270, 300 + row * 70, 15, name, { fill: '#222' });
    canvas.rectangle(430, 280 + row * 70, 360, 32, '#fff', { stroke: '#aaa' });
  }
  return canvas;
}

function drawWizard(): Canvas {
  const canvas = new Canvas(1024, 768, '#1d2b3a');
  canvas.text(980, 40, 18, '10:42', { anchor: 'end' }).text(512, 250, 24, 'Name of this computer', middle);
  canvas.rectangle(362, 300, 300, 36, '#fff').text(374, 324, 15, 'desk-14', { fill: '#222' });
  for (const [index, name] of ['Restart', 'Shut Down'].entries()) {
    canvas.rectangle(400 + index * 130, 680, 110, 34, '#34495e');
    canvas.text(455 + index * 130, 702, 14, name, { ...middle, font: dejavu });
  }
  return canvas;
}
