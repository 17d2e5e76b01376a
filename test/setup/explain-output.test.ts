import { describe, expect, it } from 'vitest';
import { isNewEnough } from '../../scripts/setup/newer-node.mjs';
import { explainOutput } from '../../scripts/setup/setup-error.mjs';

describe('what a failed step says', () => {
  it.each([
    ['npm error code ENOTFOUND\nnpm error network request failed', 'network'],
    ["E: Failed to fetch http://a/b.deb  Temporary failure resolving 'a'", 'network'],
    ['npm error code ENOSPC\nnpm error nospc There appears to be insufficient space', 'disk is full'],
    ["E: You don't have enough free space in /var/cache/apt/archives/.\nnot enough free space", 'disk is full'],
    ['mkdir: cannot create directory: Permission denied', 'not allowed'],
  ])('names the cause of %j', (output, cause) => {
    expect(explainOutput(output)).toContain(cause);
  });

  it('does not guess', () => {
    expect(explainOutput('error: expected 3 but got 4')).toBeUndefined();
    expect(explainOutput('src/main.ts:11:22: ERROR: Could not resolve "./rpc/serve.ts"')).toBeUndefined();
  });
});

describe('the Node that runs the program', () => {
  it('is 22.19 or later', () => {
    expect(['v20.20.2', 'v22.18.9', 'v22.19.0', 'v23.0.0', 'v24.1.0'].map(isNewEnough)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });
});
