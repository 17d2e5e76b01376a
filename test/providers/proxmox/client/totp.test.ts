import { describe, expect, it } from 'vitest';
import { computeTotp, decodeBase32 } from '../../../../src/providers/proxmox/client/totp.ts';

describe('the code of a second factor', () => {
  // RFC 6238, appendix B.
  const keys = {
    sha1: Buffer.from('12345678901234567890'),
    sha256: Buffer.from('12345678901234567890123456789012'),
    sha512: Buffer.from('1234567890123456789012345678901234567890123456789012345678901234'),
  };

  it.each([
    [59, '94287082', '46119246', '90693936'],
    [1111111109, '07081804', '68084774', '25091201'],
    [1111111111, '14050471', '67062674', '99943326'],
    [1234567890, '89005924', '91819424', '93441116'],
    [2000000000, '69279037', '90698825', '38618901'],
    [20000000000, '65353130', '77737706', '47863826'],
  ])('at %i s is that of the standard', (seconds, sha1, sha256, sha512) => {
    expect(computeTotp(keys.sha1, seconds, { digits: 8, algorithm: 'sha1' })).toBe(sha1);
    expect(computeTotp(keys.sha256, seconds, { digits: 8, algorithm: 'sha256' })).toBe(sha256);
    expect(computeTotp(keys.sha512, seconds, { digits: 8, algorithm: 'sha512' })).toBe(sha512);
    expect(computeTotp(keys.sha1, seconds)).toBe(sha1.slice(2));
  });

  it('takes its key as people write it', () => {
    const key = Buffer.from('12345678901234567890');
    expect(decodeBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')).toEqual(key);
    expect(decodeBase32('gezd gnbv gy3t qojq-gezd gnbv gy3t qojq====')).toEqual(key);
    // RFC 4648
    expect(decodeBase32('MZXW6YTBOI======').toString()).toBe('foobar');
    expect(decodeBase32('MZXW6YQ=').toString()).toBe('foob');
  });

  it('does not quote a key that is none', () => {
    expect(() => decodeBase32('not base32: 018')).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(() => decodeBase32('not base32: 018')).not.toThrow(/018/);
  });
});
