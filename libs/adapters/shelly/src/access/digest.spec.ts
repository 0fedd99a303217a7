import fc from 'fast-check';
import { digestResponse, DigestSession, FRAME_HA2, parseDigestChallenge, requestHa2 } from './digest';

describe('digest authentication', () => {
  it('gives the response of the example in RFC 7616, section 3.9.1', () => {
    expect(
      digestResponse({
        username: 'Mufasa',
        password: 'Circle of Life',
        realm: 'http-auth@example.org',
        nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
        nonceCount: '00000001',
        cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
        ha2: requestHa2('GET', '/dir/index.html'),
      }),
    ).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
  });

  it('has the constant of frames', () => {
    expect(FRAME_HA2).toBe('6370ec69915103833b5222b368555393393f098bfbfbb59f47e0590af135f062');
  });

  it('reads the challenge of the example in RFC 7616', () => {
    const header =
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, ' +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    expect(parseDigestChallenge(header)).toEqual({
      realm: 'http-auth@example.org',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      isStale: false,
    });
  });

  it.each([
    [
      'Digest qop="auth", realm="r", nonce="QUJD==", algorithm=SHA-256, stale=true',
      { nonce: 'QUJD==', isStale: true },
    ],
    ['digest realm="r",nonce=1700000000,algorithm="sha-256"', { nonce: '1700000000', isStale: false }],
  ])('reads %s', (header, expected) => {
    expect(parseDigestChallenge(header)).toMatchObject({ realm: 'r', ...expected });
  });

  it.each([
    ['Basic realm="r"', 'unsupported'],
    ['Digest realm="r", nonce="n", algorithm=MD5', 'unsupported'],
    ['Digest realm="r", algorithm=SHA-256', 'malformed_response'],
    ['', 'unsupported'],
  ])('refuses %p', (header, code) => {
    expect(() => parseDigestChallenge(header)).toThrow(expect.objectContaining({ code }));
  });

  it('keeps any nonce as it came', () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 4 }), (nonce) => {
        const header = `Digest qop="auth", nonce="${nonce}", realm="r", algorithm=SHA-256`;
        expect(parseDigestChallenge(header).nonce).toBe(nonce);
      }),
    );
  });

  it('counts the uses of one nonce and begins anew with the next', () => {
    const session = new DigestSession('secret');
    expect(session.header('GET', '/rpc')).toBeUndefined();
    session.take({ realm: 'r', nonce: 'n', isStale: false });
    expect(session.header('GET', '/rpc')).toMatch(/nc=00000001,/);
    expect(session.header('GET', '/rpc')).toMatch(/nc=00000002,/);
    expect(session.frameAuth()).toMatchObject({ nc: 3, nonce: 'n' });
    session.take({ realm: 'r', nonce: 17, isStale: false });
    expect(session.frameAuth()).toMatchObject({ nc: 1, nonce: 17, username: 'admin' });
    session.drop();
    expect(session.frameAuth()).toBeUndefined();
  });
});
