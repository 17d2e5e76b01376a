import { Canvas } from './canvas.ts';
import { type DrawnScreen, pickSize } from './screen.ts';
import { drawUser, drawWindowsLogo } from './windows-parts.ts';

const dejavu = 'DejaVu Sans';
const middle = { anchor: 'middle' as const };

/** What must pass no image: what waits for somebody else, what is not whole, and what only looks like a system. */
export function drawHardScreens(): DrawnScreen[] {
  const drawn: readonly (readonly [string, (index: number) => Canvas])[] = [
    ...['en', 'de', 'fr', 'es', 'ja'].map(
      language => [`passphrase-${language}`, () => drawPassphrase(language)] as const,
    ),
    ['passphrase-windowed', drawLogoPassphrase],
    ['installer-linux', drawLinuxInstaller],
    ['installer-linux-fr', () => drawPanelInstaller('fr')],
    ['installer-linux-ja', () => drawPanelInstaller('ja')],
    ['installer-windows', drawWindowsSetup],
    ['installer-windows-de', drawWindowsSetupGerman],
    ['installing-progress', drawInstallProgress],
    [
      'first-start-region',
      () => drawFirstStart('Let’s start with region. Is this right?', ['Germany', 'Ghana', 'Greece']),
    ],
    [
      'first-start-region-de',
      () => drawFirstStart('Beginnen wir mit der Region. Ist das richtig?', ['Deutschland', 'Dominica']),
    ],
    [
      'first-start-name',
      () => drawFirstStart('Who’s going to use this PC?', ['User name', 'Password', 'Confirm password']),
    ],
    ['keyboard-layout', () => drawFirstStart('Choose your keyboard layout', ['US', 'German', 'French'])],
    ['keyboard-layout-fr', () => drawFirstStart('Choisissez la disposition du clavier', ['Français', 'Belge'])],
    ['gnome-first-start', drawGnomeWelcome],
    ['firmware-setup', drawFirmware],
    ['firmware-menu', drawFirmwareMenu],
    ['memory-test', drawMemoryTest],
    ['pointer-only', drawPointer],
    ['pointer-only-blue', () => drawPointerOn('#0063b1')],
    ['wallpaper-with-text', drawTextWallpaper],
    ['wallpaper-photo', () => new Canvas(1280, 800).photo(123)],
    ['wallpaper-clock-only', drawClockOnly],
    ['kiosk-login-page', drawKiosk],
    ['kiosk-shop', drawShop],
    ['kiosk-avatar', drawAvatarPage],
    ['kiosk-ticker', drawTicker],
    ['kiosk-thin-header', drawThinHeader],
    ['terminal-says-login', drawTerminal],
    ['dialog-error', drawDialog],
    ['blue-picture', () => new Canvas(1024, 768, '#0078d7')],
    ['blue-picture-text', () => new Canvas(1024, 768, '#0078d7').text(512, 384, 40, 'ACME Corporation', middle)],
    ['noise', () => new Canvas(1024, 768).noise(7)],
    ['noise-fine', () => new Canvas(800, 600).noise(9, 2)],
    ['half-frame-desktop', drawHalfDesktop],
    ['half-frame-sign-in', drawHalfSignIn],
    ['logo-only', drawLogoOnly],
    ['progress-bar', drawProgressBar],
    ['certificate-prompt', drawNetworkPassword],
    ['video-test', drawTestCard],
  ];
  return drawn.map(([name, draw], index) => ({ name: `hard-${name}`, state: 'inconclusive', canvas: draw(index) }));
}

function drawPassphrase(language: string): Canvas {
  const text = {
    en: 'Please enter passphrase for disk vda3_crypt:',
    de: 'Bitte die Passphrase für das Laufwerk vda3_crypt eingeben:',
    fr: 'Saisissez la phrase secrète du disque vda3_crypt :',
    es: 'Introduzca la frase de contraseña del disco vda3_crypt:',
    ja: 'ディスク vda3_crypt のパスフレーズを入力してください:',
  }[language];
  const canvas = new Canvas(1024, 768, language === 'de' ? '#2c001e' : '#000');
  canvas.text(512, 440, 17, text ?? '', { ...middle, font: dejavu });
  canvas.rectangle(382, 470, 260, 34, '#222', { stroke: '#888', strokeWidth: 2 });
  return canvas;
}

// A round logo above a field: the shape of a sign-in screen.
function drawLogoPassphrase(): Canvas {
  const canvas = new Canvas(1280, 800, '#20202a');
  canvas.circle(640, 300, 80, '#d0503a');
  canvas.circle(640, 300, 40, '#20202a');
  canvas.text(640, 450, 18, 'Please unlock disk sda3_crypt', middle);
  canvas.rectangle(500, 480, 280, 36, '#3a3a44', { stroke: '#999' });
  return canvas;
}

function drawLinuxInstaller(): Canvas {
  const canvas = new Canvas(1024, 768, '#fff');
  canvas.rectangle(0, 0, 200, 768, '#2a5a9a');
  canvas.text(230, 60, 20, 'INSTALLATION SUMMARY', { fill: '#222', weight: 700 });
  for (const [row, name] of [
    'Keyboard',
    'Time & Date',
    'Installation Destination',
    'Network & Host Name',
    'Root Password',
  ].entries()) {
    canvas.circle(260, 140 + row * 80, 20, '#888').text(300, 146 + row * 80, 17, name, { fill: '#222' });
  }
  canvas.rectangle(820, 710, 170, 38, '#3a7ad0').text(905, 735, 15, 'Begin Installation', middle);
  return canvas;
}

function drawPanelInstaller(language: string): Canvas {
  const french = language === 'fr';
  const canvas = new Canvas(1280, 800).gradient('#3a5a8a', '#8a9ab0');
  canvas.rectangle(0, 0, 1280, 28, '#000').text(640, 19, 14, '10:42', middle);
  canvas.rectangle(240, 120, 800, 560, '#fafafa', { radius: 8 });
  canvas.text(640, 170, 22, french ? 'Installation du système' : 'システムのインストール', { ...middle, fill: '#222' });
  for (const [row, name] of (french
    ? ['Langue', 'Clavier', 'Partitions', 'Utilisateur']
    : ['言語', 'キーボード', 'パーティション', 'ユーザー']
  ).entries()) {
    canvas.text(280, 260 + row * 60, 17, name, { fill: '#222' });
    canvas.rectangle(460, 238 + row * 60, 360, 34, '#fff', { stroke: '#aaa' });
  }
  canvas.rectangle(900, 620, 110, 38, '#3a7ad0').text(955, 645, 15, french ? 'Suivant' : '次へ', middle);
  return canvas;
}

function drawWindowsSetup(): Canvas {
  const canvas = new Canvas(1024, 768, '#3b1f7a');
  canvas.rectangle(212, 160, 600, 440, '#f0f0f0');
  canvas.text(232, 190, 14, 'Windows Setup', { fill: '#222' });
  canvas.text(512, 300, 26, 'Where do you want to install Windows?', { ...middle, fill: '#1a4a9a' });
  canvas
    .rectangle(252, 340, 520, 120, '#fff', { stroke: '#aaa' })
    .text(270, 370, 14, 'Drive 0 Unallocated Space    60.0 GB', { fill: '#222' });
  canvas
    .rectangle(690, 550, 90, 30, '#e0e0e0', { stroke: '#999' })
    .text(735, 570, 14, 'Next', { ...middle, fill: '#222' });
  return canvas;
}

function drawWindowsSetupGerman(): Canvas {
  const canvas = new Canvas(1024, 768, '#3b1f7a');
  canvas.rectangle(212, 160, 600, 440, '#f0f0f0');
  canvas.text(232, 190, 14, 'Windows Setup', { fill: '#222' });
  for (const [row, name] of [
    'Installationssprache:',
    'Uhrzeit und Währungsformat:',
    'Tastatur oder Eingabemethode:',
  ].entries()) {
    canvas.text(470, 300 + row * 60, 14, name, { fill: '#222', anchor: 'end' });
    canvas
      .rectangle(480, 282 + row * 60, 280, 28, '#fff', { stroke: '#aaa' })
      .text(490, 301 + row * 60, 14, 'Deutsch (Deutschland)', { fill: '#222' });
  }
  return canvas;
}

function drawInstallProgress(): Canvas {
  const canvas = new Canvas(1280, 800, '#5a2a7a');
  canvas.text(640, 380, 26, 'Installing Windows 52%', middle);
  canvas.text(640, 430, 18, 'Your PC will restart several times', middle);
  return canvas;
}

function drawFirstStart(title: string, choices: readonly string[]): Canvas {
  const canvas = new Canvas(1280, 800, '#004275');
  canvas.rectangle(140, 90, 1000, 620, '#0a5a9a');
  canvas.text(640, 200, 34, title, { ...middle, weight: 300 });
  for (const [row, name] of choices.entries()) {
    canvas.rectangle(440, 270 + row * 70, 400, 46, row === 0 ? '#3a8ad0' : '#0a4a80', { stroke: '#fff' });
    canvas.text(460, 300 + row * 70, 17, name);
  }
  canvas.rectangle(980, 640, 120, 40, '#e0e0e0').text(1040, 666, 16, 'Yes', { ...middle, fill: '#222' });
  return canvas;
}

function drawGnomeWelcome(): Canvas {
  const canvas = new Canvas(1024, 768, '#fafafa');
  canvas.rectangle(0, 0, 1024, 28, '#000').text(512, 19, 14, 'Nov 25 10:42', middle);
  canvas.circle(980, 14, 6, 'none', { stroke: '#fff', strokeWidth: 2 });
  canvas.text(512, 160, 30, 'Welcome!', { ...middle, fill: '#222', weight: 700 });
  for (const [row, name] of ['Deutsch', 'English', 'Español', 'Français', '日本語'].entries()) {
    canvas
      .rectangle(300, 220 + row * 56, 424, 50, '#fff', { stroke: '#ddd' })
      .text(320, 250 + row * 56, 16, name, { fill: '#222' });
  }
  return canvas;
}

function drawFirmware(): Canvas {
  const canvas = new Canvas(800, 600, '#0000aa');
  canvas
    .rectangle(0, 0, 800, 30, '#aaa')
    .text(400, 21, 17, 'BIOS Setup Utility', { ...middle, fill: '#000', font: dejavu });
  canvas.lines(
    30,
    80,
    16,
    [
      'System Time        [10:42:07]',
      'System Date        [Wed 11/25/2026]',
      'Boot Order',
      'Administrator Password   Not Set',
    ],
    { font: 'DejaVu Sans Mono' },
  );
  canvas.text(30, 580, 14, 'F10: Save and Exit   Esc: Exit', { font: dejavu });
  return canvas;
}

function drawFirmwareMenu(): Canvas {
  const canvas = new Canvas(1024, 768, '#202428');
  canvas
    .text(60, 60, 26, 'UEFI Firmware')
    .text(960, 40, 18, '10:42', { anchor: 'end' })
    .text(960, 66, 15, 'Wed 11/25/2026', { anchor: 'end' });
  for (const [row, name] of ['Boot Manager', 'Device Manager', 'Secure Boot', 'Reset'].entries()) {
    canvas.rectangle(60, 120 + row * 70, 300, 56, '#3a4048').text(80, 155 + row * 70, 18, name);
  }
  return canvas;
}

function drawMemoryTest(): Canvas {
  const canvas = new Canvas(1024, 768, '#0000aa');
  canvas.lines(
    40,
    60,
    20,
    [
      'Windows Memory Diagnostics Tool',
      '',
      'Windows is checking for memory problems...',
      '',
      'Running test pass 1 of 2: 07% complete',
      'Overall test status: 03% complete',
    ],
    { font: dejavu },
  );
  return canvas;
}

function drawPointer(): Canvas {
  return drawPointerOn('#000');
}

function drawPointerOn(colour: string): Canvas {
  return new Canvas(1024, 768, colour).path('M512 384v20l5 -5l4 8l4 -2l-4 -8h7Z', '#fff', { stroke: '#000' });
}

function drawTextWallpaper(): Canvas {
  const canvas = new Canvas(1280, 800).photo(77);
  canvas.text(640, 380, 60, 'Keep going', { ...middle, weight: 700 });
  canvas.text(640, 450, 28, 'The mountains are waiting since 1998', middle);
  return canvas;
}

function drawClockOnly(): Canvas {
  return new Canvas(1280, 800).photo(31).text(640, 300, 120, '10:42', { ...middle, weight: 700 });
}

function drawKiosk(): Canvas {
  const canvas = new Canvas(1280, 800, '#f5f6f8');
  canvas.rectangle(0, 0, 1280, 64, '#fff').text(40, 42, 24, 'Example Portal', { fill: '#223' });
  canvas.rectangle(440, 180, 400, 420, '#fff', { stroke: '#d0d4da', radius: 8 });
  canvas.text(640, 240, 26, 'Sign in', { ...middle, fill: '#222' });
  canvas.rectangle(480, 280, 320, 44, '#fff', { stroke: '#aab' }).text(492, 308, 15, 'Email address', { fill: '#999' });
  canvas.rectangle(480, 350, 320, 44, '#fff', { stroke: '#aab' }).text(492, 378, 15, 'Password', { fill: '#999' });
  canvas.rectangle(480, 430, 320, 46, '#2a6ad0').text(640, 459, 17, 'Sign in', middle);
  canvas.text(640, 530, 14, 'https://portal.example.org/privacy', { ...middle, fill: '#667' });
  return canvas;
}

function drawShop(): Canvas {
  const canvas = new Canvas(1920, 1080, '#fff');
  canvas
    .rectangle(0, 0, 1920, 70, '#c02a2a')
    .text(40, 46, 28, 'Corner Bakery')
    .text(1880, 46, 24, '10:42', { anchor: 'end' });
  for (const [row, name] of ['Bread  3.20', 'Rolls  0.45', 'Cake  2.80'].entries())
    canvas.text(120, 260 + row * 140, 60, name, { fill: '#222' });
  return canvas;
}

// A page with a user and a field, as sign-in screens have them.
function drawAvatarPage(): Canvas {
  const canvas = new Canvas(1280, 800, '#fff');
  drawUser(canvas, 640, 260, 70);
  canvas.text(640, 380, 22, 'maria@example.org', { ...middle, fill: '#222' });
  canvas.rectangle(490, 410, 300, 44, '#f4f5f8', { stroke: '#88a' }).text(504, 438, 15, 'Password', { fill: '#888' });
  canvas.rectangle(490, 474, 300, 44, '#2a6ad0').text(640, 502, 16, 'Next', middle);
  return canvas;
}

// A sign with a clock at its lower right end, where a task bar has it.
function drawTicker(): Canvas {
  const canvas = new Canvas(1280, 720).photo(64);
  canvas.rectangle(0, 672, 1280, 48, '#a01a1a');
  canvas.text(20, 703, 22, 'Gate 14 boards in ten minutes, please have your papers at hand. Lounge B is closed today.');
  return canvas.rectangle(1150, 672, 130, 48, '#700').text(1215, 704, 24, '10:42', middle);
}

function drawThinHeader(): Canvas {
  const canvas = new Canvas(1024, 768, '#f0f0f0').rectangle(0, 0, 1024, 32, '#204a87');
  canvas.text(12, 22, 15, 'Till 3').text(1010, 22, 15, '10:42', { anchor: 'end' });
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 5; column++)
      canvas.rectangle(40 + column * 190, 80 + row * 160, 170, 140, '#d8e0ec', { stroke: '#99a' });
  }
  return canvas;
}

function drawTerminal(): Canvas {
  const canvas = new Canvas(1280, 800).gradient('#3a3a5a', '#101020');
  canvas.rectangle(240, 140, 800, 500, '#101010', { stroke: '#888', radius: 8 });
  canvas.rectangle(240, 140, 800, 32, '#333').text(640, 162, 15, 'Terminal', middle);
  canvas.lines(
    256,
    200,
    15,
    ['$ ssh server', 'server login: maria', 'Password:', 'Last login: Wed Nov 25 10:42:07 2026'],
    { font: 'DejaVu Sans Mono' },
  );
  return canvas;
}

function drawDialog(): Canvas {
  const canvas = new Canvas(1024, 768, '#008080');
  canvas.rectangle(312, 290, 400, 180, '#ececec', { stroke: '#444' });
  canvas.rectangle(312, 290, 400, 28, '#1a4a9a').text(324, 309, 14, 'Service failed');
  canvas.text(512, 370, 15, 'The service could not be started.', { ...middle, fill: '#222' });
  canvas.rectangle(470, 420, 84, 30, '#ddd', { stroke: '#888' }).text(512, 440, 14, 'OK', { ...middle, fill: '#222' });
  return canvas;
}

function drawHalfDesktop(): Canvas {
  const canvas = new Canvas(1280, 800, '#000').rectangle(0, 0, 1280, 260, '#2a5a9a');
  canvas.rectangle(24, 20, 40, 44, '#e8e8e8').text(44, 84, 12, 'Recycle Bin', middle);
  return canvas;
}

function drawHalfSignIn(): Canvas {
  const canvas = new Canvas(1280, 800, '#0063b1');
  drawUser(canvas, 640, 270, 86);
  return canvas.rectangle(0, 330, 1280, 470, '#000');
}

function drawLogoOnly(index: number): Canvas {
  const [width, height] = pickSize(index);
  const canvas = new Canvas(width, height);
  drawWindowsLogo(canvas, width / 2, height * 0.4, height * 0.2);
  return canvas;
}

function drawProgressBar(): Canvas {
  const canvas = new Canvas(1024, 768, '#101010');
  canvas.rectangle(262, 560, 500, 14, '#333').rectangle(262, 560, 210, 14, '#3a8ad0');
  return canvas.text(512, 520, 20, 'Loading', middle);
}

function drawNetworkPassword(): Canvas {
  const canvas = new Canvas(1024, 768, '#1a1a24');
  canvas.text(512, 340, 20, 'Enter the password for the network share', middle);
  canvas.rectangle(362, 370, 300, 36, '#fff');
  return canvas;
}

function drawTestCard(): Canvas {
  const canvas = new Canvas(1280, 720);
  for (const [bar, colour] of ['#c0c0c0', '#c0c000', '#00c0c0', '#00c000', '#c000c0', '#c00000', '#0000c0'].entries()) {
    canvas.rectangle(bar * 183, 0, 183, 720, colour);
  }
  canvas.rectangle(0, 560, 1280, 160, '#101010').text(640, 650, 40, 'NO SIGNAL', middle);
  return canvas;
}
