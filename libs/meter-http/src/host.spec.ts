import { checkedHost } from './host';

describe('the address of a device', () => {
  it.each(['192.0.2.10', 'shelly-mains.local', 'localhost:8080', '[fe80::1]', '[2001:db8::1]:81'])(
    'can be %s',
    (host) => expect(checkedHost(host, 'HOSTS')).toBe(host),
  );

  it.each(['http://192.0.2.10', '192.0.2.10/rpc', 'user:password@host', '', 'a b', 'fe80::1'])(
    'cannot be %p, and the message does not repeat it',
    (host) => {
      expect(() => checkedHost(host, 'HOSTS')).toThrow(
        expect.objectContaining({
          code: 'configuration',
          message: expect.stringMatching(/^HOSTS: expected/),
        }),
      );
    },
  );
});
