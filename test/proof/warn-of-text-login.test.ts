import { expect, it } from 'vitest';
import { defaultPolicy } from '../../src/proof/verdicts.ts';
import { warnOfTextLogin } from '../../src/proof/warn-of-text-login.ts';

it('warns of a text login where the system starts a graphical one, and nowhere else', () => {
  const system = { displayManager: 'gdm3' };
  const [warning] = warnOfTextLogin({ state: 'login' }, system, defaultPolicy);
  expect(warning).toMatch(/\(gdm3\).* none had appeared.*journalctl -b -u display-manager.*graphical_login/);
  expect(warnOfTextLogin({ state: 'login' }, {}, defaultPolicy)).toEqual([]);
  expect(warnOfTextLogin({ state: 'graphical_login' }, system, defaultPolicy)).toEqual([]);
  expect(warnOfTextLogin({ state: 'login' }, system, ['login'])).toEqual([]);
});
