import { expect, it } from 'vitest';
import { classify } from '../../src/proof/classify.ts';

const failed = '[FAILED] Failed to start lightdm.service - Light Display Manager.';
const hint = "See 'systemctl status lightdm.service' for details.";
const again = '         Starting lightdm.service - Light Display Manager...';

function judge(screen: readonly string[], serial: readonly string[] = []): string[] {
  return classify({ screen, screenMethod: 'glyph', serial, firmware: [] }).map(({ rule }) => rule.id);
}

it.each([
  failed,
  '[FAILED] Failed to start gdm.service - GNOME Display Manager.',
  '[FAILED] Failed to start Simple Desktop Display Manager.',
  '[FAILED] Failed to start greetd.service - Greeter daemon.',
])('a display manager that is started again and again is told by “%s”', line => {
  expect(judge([line, hint, again])).toContain('display-manager-failed');
});

it('is not told where somebody can sign in, nor of another service, nor of what scrolled past on a serial line', () => {
  const login = [failed, hint, '', 'Debian GNU/Linux 12 debian tty1', '', 'debian login: '];
  expect(judge(login)).toContain('text-login-prompt');
  expect(judge(login)).not.toContain('display-manager-failed');
  expect(judge(['[FAILED] Failed to start exim4.service - Mail Transport Agent.', hint])).toEqual([]);
  expect(judge([], [failed, hint])).toEqual([]);
});
