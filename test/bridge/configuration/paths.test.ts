import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPaths } from '../../../src/host/paths.ts';
import { openBridgeAt } from '../../rpc/support/test-bridge.ts';

describe('where vmbridge keeps its things', () => {
  it('is below VMBRIDGE_HOME, on every system, whatever else is set', () => {
    const home = path.resolve('/srv/vmb');
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      expect(findPaths({ VMBRIDGE_HOME: home, XDG_STATE_HOME: '/x', APPDATA: 'C:\\x' }, platform)).toEqual({
        configuration: path.join(home, 'config.json'),
        state: path.join(home, 'state'),
        logs: path.join(home, 'logs'),
        cache: path.join(home, 'cache'),
        run: path.join(home, 'run'),
        engine: path.join(home, 'engine'),
        drivers: path.join(home, 'drivers'),
      });
    }
  });

  it('is absolute, also when VMBRIDGE_HOME is not', () => {
    expect(findPaths({ VMBRIDGE_HOME: 'here' }).state).toBe(path.resolve('here', 'state'));
  });

  it('follows the XDG variables', () => {
    const variables = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/k', XDG_DATA_HOME: '/d' };
    expect(findPaths(variables, 'linux')).toEqual({
      configuration: '/c/vmbridge/config.json',
      state: '/s/vmbridge',
      logs: '/s/vmbridge/logs',
      cache: '/k/vmbridge',
      run: '/s/vmbridge/run',
      engine: '/d/vmbridge/engine',
      drivers: '/d/vmbridge/drivers',
    });
  });

  it('has the usual places without them; empty and relative ones do not count', () => {
    const expected = {
      configuration: `${homedir()}/.config/vmbridge/config.json`,
      state: `${homedir()}/.local/state/vmbridge`,
      cache: `${homedir()}/.cache/vmbridge`,
    };
    for (const variables of [{}, { XDG_CONFIG_HOME: '', XDG_STATE_HOME: 'relative', XDG_CACHE_HOME: './k' }]) {
      expect(findPaths({ ...variables, VMBRIDGE_HOME: '' }, 'linux')).toMatchObject(expected);
    }
  });

  it('is below the application data folders on Windows', () => {
    const variables = { APPDATA: 'C:\\Users\\Ada\\AppData\\Roaming', LOCALAPPDATA: 'D:\\Local' };
    expect(findPaths(variables, 'win32')).toEqual({
      configuration: 'C:\\Users\\Ada\\AppData\\Roaming\\vmbridge\\config.json',
      state: 'D:\\Local\\vmbridge\\state',
      logs: 'D:\\Local\\vmbridge\\logs',
      cache: 'D:\\Local\\vmbridge\\cache',
      run: 'D:\\Local\\vmbridge\\run',
      engine: 'D:\\Local\\vmbridge\\engine',
      drivers: 'D:\\Local\\vmbridge\\drivers',
    });
    expect(findPaths({}, 'win32').configuration).toMatch(/AppData\\Roaming\\vmbridge\\config\.json$/);
  });

  it('is where a bridge looks', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'vmb-home-'));
    writeFileSync(path.join(home, 'config.json'), '{"colour":"blue"}');
    await expect(openBridgeAt(home)).rejects.toMatchObject({ code: 'invalid', data: { field: 'colour' } });
    rmSync(home, { recursive: true });
  });
});
