import { resolveAccess } from './address';

describe('resolveAccess', () => {
  it.each([
    [
      'http://homeassistant.local:8123',
      'http://homeassistant.local:8123/api',
      'ws://homeassistant.local:8123/api/websocket',
    ],
    ['https://ha.example.org/', 'https://ha.example.org/api', 'wss://ha.example.org/api/websocket'],
    ['http://10.0.0.5/api/', 'http://10.0.0.5/api', 'ws://10.0.0.5/api/websocket'],
    [' http://proxy/home/ha// ', 'http://proxy/home/ha/api', 'ws://proxy/home/ha/api/websocket'],
    ['HTTP://[fd00::1]:8123?x=1#y', 'http://[fd00::1]:8123/api', 'ws://[fd00::1]:8123/api/websocket'],
  ])('%s', (url, restUrl, webSocketUrl) => {
    expect(resolveAccess({ url, token: ' token\n' })).toEqual({ restUrl, webSocketUrl, token: 'token' });
  });

  it('goes through the Supervisor inside an app', () => {
    expect(resolveAccess({ supervisor: { token: 'given' } })).toEqual({
      restUrl: 'http://supervisor/core/api',
      webSocketUrl: 'ws://supervisor/core/websocket',
      token: 'given',
    });
  });

  it.each([
    [{}, 'URL'],
    [{ url: 'http://host' }, 'token'],
    [{ url: 'http://host', token: '  ' }, 'token'],
    [{ url: 'http://host', token: 'two\nlines' }, 'characters'],
    [{ url: 'host:8123', token: 'x' }, 'http://homeassistant.local:8123'],
    [{ url: 'ws://host', token: 'x' }, 'http://homeassistant.local:8123'],
    [{ url: 'http://user:pass@host', token: 'x' }, 'user name'],
  ])('refuses %j', (access, message) => {
    expect(() => resolveAccess(access)).toThrow(expect.objectContaining({ code: 'configuration' }));
    expect(() => resolveAccess(access)).toThrow(message);
  });
});
