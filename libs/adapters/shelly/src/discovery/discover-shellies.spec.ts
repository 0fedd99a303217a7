import { AnnouncedService, discoverShellies } from './discover-shellies';

const never = new AbortController().signal;

function browserOf(services: Readonly<Record<string, readonly AnnouncedService[]>>) {
  const state = { ended: false };
  const make = () => ({
    browse: (type: string, onFound: (service: AnnouncedService) => void) => services[type]?.forEach(onFound),
    end: () => void (state.ended = true),
  });
  return { state, make };
}

describe('the search for Shelly devices', () => {
  it('lists every device once, whatever it announces', async () => {
    const pro = { name: 'ShellyPro3EM-AABBCCDDEEFF', port: 80, addresses: ['fe80::1', '192.0.2.10'] };
    const { state, make } = browserOf({
      http: [
        { ...pro, txt: { gen: '2' } },
        { name: 'shellyem3-C45BBE000001', port: 80, addresses: ['192.0.2.11'], txt: {} },
        { name: 'printer', port: 80, addresses: ['192.0.2.12'] },
        { name: 'shelly-without-address', port: 80 },
      ],
      shelly: [
        { ...pro, txt: { gen: '2', app: 'Pro3EM' } },
        { name: 'shelly-six', port: 8080, addresses: ['fe80::2'], txt: { gen: '3' } },
      ],
    });
    expect(await discoverShellies(never, 1, make)).toEqual([
      { name: 'shelly-six', host: '[fe80::2]:8080', generation: 3, app: null },
      { name: 'shellyem3-c45bbe000001', host: '192.0.2.11', generation: 1, app: null },
      { name: 'shellypro3em-aabbccddeeff', host: '192.0.2.10', generation: 2, app: 'Pro3EM' },
    ]);
    expect(state.ended).toBe(true);
  });

  it('stops when told to, and says where the network cannot be listened to', async () => {
    const stop = new AbortController();
    const { state, make } = browserOf({});
    const searching = discoverShellies(stop.signal, 60_000, make);
    stop.abort(new Error('told to stop'));
    await expect(searching).rejects.toThrow('told to stop');
    expect(state.ended).toBe(true);
    const failing = discoverShellies(never, 60_000, (onError) => {
      queueMicrotask(() => onError(new Error('EACCES')));
      return make();
    });
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
  });
});
