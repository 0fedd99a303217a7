import { MeterContext, Secret } from '@smart-meter/meter-adapter';
import { emporiaMeter } from './definition';
import { MemoryTokenStore } from './testing/memory-token-store';
import { EMAIL, PASSWORD, SimulatedCloud, startCloud } from './testing/simulated-cloud';

const signal = new AbortController().signal;

describe('the definition', () => {
  let cloud: SimulatedCloud;
  let requests: string[];
  beforeEach(async () => {
    cloud = await startCloud();
    requests = [];
  });
  afterEach(() => cloud.simulator.close());

  const context = (): MeterContext => ({
    meterId: 'emporia',
    clock: cloud.clock,
    random: () => 0.5,
    document: () => new MemoryTokenStore(),
    timeZone: 'Europe/Berlin',
    onRequest: (operation) => requests.push(operation),
    warn: () => undefined,
  });
  type Settings = Parameters<typeof emporiaMeter.create>[0];
  const create = (settings: Partial<Settings>) =>
    emporiaMeter.create(
      {
        username: undefined,
        password: undefined,
        refreshToken: undefined,
        host: 'legacy',
        deviceIds: undefined,
        invertedCircuits: undefined,
        url: cloud.simulator.url,
        ...settings,
      },
      context(),
    );

  it.each(['legacy', 'modern'] as const)(
    'makes a meter that reads the %s host and counts its requests',
    async (host) => {
      const meter = create({ username: EMAIL, password: new Secret(PASSWORD), host, deviceIds: ['120001'] });
      expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
      expect(requests).toEqual(['auth', 'inventory', 'usage', 'daily']);
    },
  );

  it('takes a refresh token instead of a password', async () => {
    const { refreshToken } = cloud.simulator.userPool.issueTokens(EMAIL);
    const meter = create({ refreshToken: new Secret(refreshToken) });
    expect(await meter.testConnection(signal)).toMatchObject({ ok: true });
  });

  it.each([
    [{}, /EMPORIA_USERNAME and EMPORIA_PASSWORD/],
    [{ username: EMAIL }, /set EMPORIA_PASSWORD, or EMPORIA_REFRESH_TOKEN/],
    [
      { username: EMAIL, password: new Secret(PASSWORD), deviceIds: ['House'] },
      /EMPORIA_DEVICE_IDS.*"House"/,
    ],
  ])('says which variable is wrong: %p', (settings, words) => {
    expect(() => create(settings)).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringMatching(words) }),
    );
  });
});
