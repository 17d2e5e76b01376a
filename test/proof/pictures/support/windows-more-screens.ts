import { Canvas } from './canvas.ts';
import { type DrawnScreen, pickSize } from './screen.ts';
import { drawDots, drawUser, drawWindowsLogo } from './windows-parts.ts';

/** Screens of Windows of which one language is enough. */
export function drawMoreWindowsScreens(): DrawnScreen[] {
  return [
    ...[0, 1].map(index => ({
      name: `windows-old-stop-${index}`,
      state: 'blue_screen' as const,
      canvas: drawOldStop(index),
    })),
    ...[0, 1].map(index => ({
      name: `windows-new-stop-${index}`,
      state: 'blue_screen' as const,
      canvas: drawNewStop(index),
    })),
    ...[0, 1, 2, 3].map(index => ({
      name: `windows-10-desktop-${index}`,
      state: 'desktop' as const,
      canvas: drawDesktop10(index),
    })),
    ...[0, 1, 2, 3].map(index => ({
      name: `windows-11-desktop-${index}`,
      state: 'desktop' as const,
      canvas: drawDesktop11(index),
    })),
    ...[0, 1, 2].map(index => ({
      name: `windows-logo-${index}`,
      state: 'kernel_started' as const,
      canvas: drawLogo(index),
    })),
    ...[0, 1].map(index => ({
      name: `windows-7-sign-in-${index}`,
      state: 'graphical_login' as const,
      canvas: drawSignIn7(index),
    })),
    { name: 'windows-choose-system', state: 'boot_menu', canvas: drawChoose() },
    { name: 'windows-bitlocker-pin', state: 'bitlocker_recovery', canvas: drawPin() },
    { name: 'windows-undoing', state: 'updating', canvas: drawUndoing() },
    { name: 'windows-not-started', state: 'recovery', canvas: drawNotStarted() },
  ];
}

function drawOldStop(index: number): Canvas {
  const [width, height] = pickSize(index);
  const lines = [
    'A problem has been detected and Windows has been shut down to prevent damage',
    'to your computer.',
    '',
    index === 0 ? 'INACCESSIBLE_BOOT_DEVICE' : '',
    '',
    'Check for viruses on your computer. Remove any newly installed',
    'hard drives or hard drive controllers.',
    '',
    'Technical information:',
    '',
    '*** STOP: 0x0000007B (0xFFFFF880009A97E8,0xFFFFFFFFC0000034,0x0000000000000000)',
    '',
    index === 1 ? '***  viostor.sys - Address FFFFF88001B2F1A0 base at FFFFF88001B2D000' : '',
  ];
  return new Canvas(width, height, '#000080').lines(8, 40, width / 51, lines, { font: 'DejaVu Sans Mono' });
}

function drawNewStop(index: number): Canvas {
  const [width, height] = pickSize(index + 2);
  const canvas = new Canvas(width, height, '#000');
  const middle = { anchor: 'middle' as const };
  canvas.text(width / 2, height * 0.4, height * 0.042, 'Your device ran into a problem and needs to restart.', middle);
  canvas.text(width / 2, height * 0.52, height * 0.034, '35% complete', middle);
  canvas.text(width / 2, height * 0.82, height * 0.022, 'Stop code: CRITICAL_PROCESS_DIED (0xEF)', middle);
  if (index === 1) canvas.text(width / 2, height * 0.86, height * 0.022, 'What failed: netio.sys', middle);
  return canvas;
}

function drawDesktop10(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  if (index % 2) canvas.photo(index + 11);
  else canvas.gradient('#0a3a7a', '#3aa0e0', true);
  const names = ['Recycle Bin', 'Papierkorb', 'Corbeille', 'ごみ箱'];
  canvas.rectangle(24, 20, 40, 44, '#e8e8e8', { stroke: '#888' });
  canvas.text(44, 84, 12, names[index] ?? '', { anchor: 'middle' });
  const top = height - 40;
  canvas.rectangle(0, top, width, 40, index === 3 ? '#f0f0f0' : '#101010', { opacity: index === 2 ? 0.85 : 1 });
  const ink = index === 3 ? '#222' : '#fff';
  for (const [dx, dy] of [
    [16, 13],
    [25, 13],
    [16, 22],
    [25, 22],
  ] as const)
    canvas.rectangle(dx, top + dy, 7, 7, ink);
  canvas.rectangle(62, top + 12, 16, 16, 'none', { stroke: ink, strokeWidth: 2 });
  canvas.circle(120, top + 20, 9, '#2a8ad0');
  canvas.rectangle(152, top + 11, 20, 17, '#f0c040');
  canvas.path(`M${width - 150} ${top + 24}l6 -6l6 6`, 'none', { stroke: ink, strokeWidth: 2 });
  canvas.rectangle(width - 122, top + 14, 14, 11, 'none', { stroke: ink, strokeWidth: 2 });
  canvas.text(width - 42, top + 17, 12, ['10:42 AM', '10:42', '10:42', '10:42'][index] ?? '', {
    anchor: 'middle',
    fill: ink,
  });
  canvas.text(width - 42, top + 33, 12, ['11/25/2026', '25.11.2026', '25/11/2026', '2026/11/25'][index] ?? '', {
    anchor: 'middle',
    fill: ink,
  });
  return canvas;
}

function drawDesktop11(index: number): Canvas {
  const [width, height] = pickSize(index + 1);
  const canvas = new Canvas(width, height);
  if (index % 2 === 0) canvas.photo(index + 70);
  else canvas.gradient('#5a7ad0', '#d0e0f8');
  const isLight = index < 2;
  const top = height - 48;
  canvas.rectangle(0, top, width, 48, isLight ? '#eef3fa' : '#1c1f2a', { opacity: 0.94 });
  const ink = isLight ? '#1a1a1a' : '#fff';
  for (let icon = 0; icon < 7; icon++) {
    const x = width / 2 - 150 + icon * 44;
    if (icon === 0)
      for (const [dx, dy] of [
        [0, 0],
        [11, 0],
        [0, 11],
        [11, 11],
      ] as const)
        canvas.rectangle(x + dx, top + 13 + dy, 10, 10, '#0a84e0');
    else canvas.rectangle(x, top + 13, 22, 22, `hsl(${icon * 50},60%,50%)`, { radius: 4 });
  }
  canvas.path(`M${width - 190} ${top + 27}l6 -6l6 6`, 'none', { stroke: ink, strokeWidth: 2 });
  canvas.text(width - 14, top + 21, 12, ['3:07 PM', '15:07', '15:07', '15:07'][index] ?? '', {
    anchor: 'end',
    fill: ink,
  });
  canvas.text(width - 14, top + 38, 12, ['11/25/2026', '25.11.2026', '25/11/2026', '2026/11/25'][index] ?? '', {
    anchor: 'end',
    fill: ink,
  });
  return canvas;
}

function drawLogo(index: number): Canvas {
  const [width, height] = pickSize(index + 1);
  const canvas = new Canvas(width, height);
  drawWindowsLogo(canvas, width / 2, height * 0.38, height * 0.2, index === 1);
  drawDots(canvas, width / 2, height * 0.74, height * 0.032, index * 1.3);
  return canvas;
}

function drawSignIn7(index: number): Canvas {
  const [width, height] = pickSize(index + 1);
  const canvas = new Canvas(width, height).gradient('#1a6ab0', '#0a3060');
  const middle = width / 2;
  canvas.rectangle(middle - 66, height * 0.3, 132, 132, '#e8f0f8', { radius: 8 });
  drawUser(canvas, middle, height * 0.3 + 66, 50, '#b0c8e0', '#3a6a9a');
  canvas.text(middle, height * 0.3 + 170, 22, index === 0 ? 'Administrator' : 'Benutzer', { anchor: 'middle' });
  canvas.rectangle(middle - 112, height * 0.3 + 190, 224, 26, '#fff', { stroke: '#9ab', radius: 2 });
  canvas.text(middle - 104, height * 0.3 + 208, 14, index === 0 ? 'Password' : 'Kennwort', { fill: '#888' });
  canvas.circle(middle + 134, height * 0.3 + 203, 13, '#3a8ad0', { stroke: '#fff' });
  canvas.text(middle, height - 50, 24, index === 0 ? 'Windows 7 Professional' : 'Windows Server 2008 R2', {
    anchor: 'middle',
  });
  return canvas;
}

function drawChoose(): Canvas {
  const canvas = new Canvas(1024, 768, '#0067b8');
  canvas.text(120, 120, 42, 'Choose an operating system', { weight: 300 });
  canvas.text(120, 160, 17, 'Will automatically choose in 25 seconds.');
  for (const [row, name] of ['Windows 10', 'Windows 7'].entries()) {
    canvas.rectangle(120, 210 + row * 90, 420, 76, '#005a9e');
    canvas.text(210, 256 + row * 90, 20, name);
  }
  canvas.text(120, 660, 17, 'Change defaults or choose other options');
  return canvas;
}

function drawPin(): Canvas {
  const canvas = new Canvas(1024, 768, '#004275');
  canvas.text(120, 110, 46, 'BitLocker', { weight: 300 });
  canvas.text(120, 220, 22, 'Enter the PIN to unlock this drive');
  canvas.rectangle(120, 250, 420, 40, '#fff');
  canvas.text(120, 700, 17, 'Press Enter to continue');
  canvas.text(120, 730, 17, 'Press Esc for BitLocker recovery');
  return canvas;
}

function drawUndoing(): Canvas {
  const canvas = new Canvas(1280, 800, '#0063b1');
  drawDots(canvas, 640, 340, 36, 2);
  canvas.text(640, 430, 26, 'Undoing changes made to your computer', { anchor: 'middle' });
  canvas.text(640, 470, 26, 'Don’t turn off your computer', { anchor: 'middle' });
  return canvas;
}

function drawNotStarted(): Canvas {
  const canvas = new Canvas(1280, 800, '#0067b8');
  canvas.text(130, 130, 46, 'Automatic Repair', { weight: 300 });
  canvas.text(130, 210, 22, 'Your PC did not start correctly');
  canvas.lines(130, 260, 18, [
    'Press “Restart” to restart your PC, which can sometimes fix the problem.',
    'You can also press “Advanced options” to try other options.',
  ]);
  canvas.rectangle(820, 700, 170, 40, '#005a9e').text(905, 726, 17, 'Advanced options', { anchor: 'middle' });
  canvas.rectangle(1010, 700, 140, 40, '#005a9e').text(1080, 726, 17, 'Restart', { anchor: 'middle' });
  return canvas;
}
