import { createHousehold } from '@smart-meter/household';
import { SimulatedClock } from '../shared';
import { EmporiaSimulator, panel, plug, SimulatedDevice } from './index';

const EMAIL = 'pat@example.net';
const household = createHousehold({ seed: 5, solar: true });

type Json = Record<string, unknown>;

describe('EmporiaSimulator', () => {
  let simulator: EmporiaSimulator;
  let clock: SimulatedClock;
  let house: SimulatedDevice;
  let fridge: SimulatedDevice;

  beforeEach(async () => {
    clock = new SimulatedClock(new Date('2026-06-15T10:30:20Z'), 0);
    house = panel({ household });
    fridge = plug(house, 'fridge', { channelNum: '2' });
    simulator = await EmporiaSimulator.start({
      accounts: [
        { email: EMAIL, password: 'secret', customerGid: 1, devices: [house, fridge] },
        { email: 'sso@example.net', password: null, customerGid: 2, devices: [] },
      ],
      clock,
      midnightLagMinutes: 20,
    });
  });
  afterEach(() => simulator.close());

  const token = () => simulator.userPool.issueTokens(EMAIL).idToken;
  const get = async (path: string, headers: Record<string, string> = { authtoken: token() }) => {
    const response = await fetch(simulator.url + path, { headers });
    const text = await response.text();
    return { status: response.status, body: (text.startsWith('<') ? { text } : JSON.parse(text)) as Json };
  };
  const usagePath = (instant: string, scale = '1MIN', gids = '120001+120045') =>
    `/AppAPI?apiMethod=getDeviceListUsages&deviceGids=${gids}&instant=${instant}&scale=${scale}&energyUnit=KilowattHours`;
  const chartPath = (start: string, end: string, scale = '1MIN', channel = '2') =>
    `/AppAPI?apiMethod=getChartUsage&deviceGid=120001&channel=${channel}&start=${start}&end=${end}&scale=${scale}`;
  const logIn = async (flow: string, parameters: Json) => {
    const response = await fetch(simulator.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' },
      body: JSON.stringify({
        AuthFlow: flow,
        ClientId: '4qte47jbstod8apnfic0bunmrq',
        AuthParameters: parameters,
      }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, Json> };
  };
  const channels = async (instant: string, scale?: string) => {
    const { body } = await get(usagePath(instant, scale));
    const [device] = (body as { deviceListUsages: { devices: { channelUsages: Json[] }[] } }).deviceListUsages
      .devices;
    return new Map(device?.channelUsages.map((channel) => [channel['channelNum'], channel]));
  };
  const chart = async (start: string, end: string, scale?: string, channel?: string) =>
    (await get(chartPath(start, end, scale, channel))).body as {
      firstUsageInstant: string;
      usageList: (number | null)[];
    };

  it('logs in by password and refreshes without repeating the refresh token', async () => {
    const { body } = await logIn('USER_PASSWORD_AUTH', { USERNAME: EMAIL, PASSWORD: 'secret' });
    const { IdToken, RefreshToken, ExpiresIn } = body['AuthenticationResult'] ?? {};
    expect(ExpiresIn).toBe(3600);
    expect((await get('/customers', { authtoken: String(IdToken) })).status).toBe(200);
    const refreshed = await logIn('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: RefreshToken });
    expect(refreshed.body['AuthenticationResult']).toMatchObject({ IdToken: expect.any(String) });
    expect(refreshed.body['AuthenticationResult']).not.toHaveProperty('RefreshToken');
  });

  it.each([
    ['USER_PASSWORD_AUTH', { USERNAME: EMAIL, PASSWORD: 'wrong' }, 'NotAuthorizedException'],
    ['USER_PASSWORD_AUTH', { USERNAME: 'sso@example.net', PASSWORD: 'x' }, 'UserNotFoundException'],
    ['REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: 'void' }, 'NotAuthorizedException'],
    ['CUSTOM_AUTH', {}, 'InvalidParameterException'],
  ])('refuses %s with %p as Cognito does', async (flow, parameters, type) => {
    expect(await logIn(flow, parameters)).toMatchObject({ status: 400, body: { __type: type } });
  });

  it('takes tokens for an hour', async () => {
    const headers = { authtoken: token() };
    clock.jump(3_599_000);
    expect((await get('/customers', headers)).status).toBe(200);
    clock.jump(2_000);
    expect(await get('/customers', headers)).toEqual({ status: 401, body: { message: 'Unauthorized' } });
  });

  it.each([
    ['a zone instead of Z', usagePath('2026-06-15T10:29:00%2B00:00'), 400],
    ['a scale in another case', usagePath('2026-06-15T10:29:00Z', '1Min'), 400],
    ['a device of others', usagePath('2026-06-15T10:29:00Z', '1MIN', '7'), 401],
    ['more than 12 h of minutes', chartPath('2026-06-14T00:00:00Z', '2026-06-14T12:00:01Z'), 400],
    ['12 h of minutes', chartPath('2026-06-14T00:00:00Z', '2026-06-14T11:59:59Z'), 200],
    ['more than 32 d of hours', chartPath('2026-04-01T00:00:00Z', '2026-05-04T00:00:00Z', '1H'), 400],
    [
      'the chart of a computed channel',
      chartPath('2026-06-14T00:00:00Z', '2026-06-14T01:00:00Z', '1H', 'Balance'),
      400,
    ],
    ['location properties', '/devices/120001/locationProperties', 400],
    ['what does not exist', '/customers/outlets', 403],
  ])('answers %s as Emporia does', async (_name, path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  it('shows a nested device below its parent alone, and the parent without it', async () => {
    const found = await channels('2026-06-15T10:29:00Z');
    const truth = household.energyKwhBetween(
      new Date('2026-06-15T10:29:00Z'),
      new Date('2026-06-15T10:30:00Z'),
    );
    const [kitchen, fridgeKwh] = [truth.circuits.get('kitchen') ?? 0, truth.circuits.get('fridge') ?? 0];
    expect(found.get('2')).toMatchObject({
      usage: expect.closeTo(kitchen - fridgeKwh, 9),
      nestedDevices: [{ deviceGid: 120045, channelUsages: [{ usage: expect.closeTo(fridgeKwh, 9) }] }],
    });
    expect(found.get('1,2,3')?.['usage']).toBeCloseTo(truth.gridImportKwh - truth.gridExportKwh, 9);
    expect(found.get('MainsToGrid')?.['usage']).toBeLessThanOrEqual(0);
  });

  it('has no minute that has not arrived, nor one that is too old', async () => {
    expect((await channels('2026-06-15T10:31:00Z')).get('1')?.['usage']).toBeNull();
    const old = await chart('2026-06-08T10:00:00Z', '2026-06-08T10:59:59Z');
    expect(old.usageList[0]).toBeNull();
    expect(old.usageList[59]).not.toBeNull();
  });

  it("holds on to yesterday's energy for a while after midnight", async () => {
    const today = async () => Number((await channels(clock.now().toISOString(), '1D')).get('2')?.['usage']);
    clock.jumpTo(new Date('2026-06-15T22:19:00Z'));
    expect(await today()).toBeGreaterThan(1);
    clock.jumpTo(new Date('2026-06-15T22:21:00Z'));
    expect(await today()).toBeLessThan(0.5);
  });

  it.each(['uploaded', 'spread', 'lost'] as const)(
    'hides an outage while it lasts; afterwards it is %s',
    async (afterwards) => {
      const [from, to] = [new Date('2026-06-15T10:00:00Z'), new Date('2026-06-15T11:00:00Z')];
      const hour = () => chart('2026-06-15T10:00:00Z', '2026-06-15T10:59:59Z', '1MIN', '6');
      house.outages.push({ from, to, afterwards });
      expect((await hour()).usageList.every((usage) => usage === null)).toBe(true);
      clock.jumpTo(new Date('2026-06-15T12:00:00Z'));
      const { usageList } = await hour();
      const sum = usageList.reduce<number>((total, usage) => total + (usage ?? 0), 0);
      const truth = household.energyKwhBetween(from, to).circuits.get('other') ?? NaN;
      if (afterwards === 'lost') expect(usageList.every((usage) => usage === null)).toBe(true);
      else expect(sum).toBeCloseTo(truth, 9);
      const distinct = new Set(usageList.map((usage) => usage?.toFixed(9)));
      expect(distinct.size === 1).toBe(afterwards !== 'uploaded');
    },
  );

  it('begins a chart where the device begins', async () => {
    const young = panel({ household, gid: 7, installedAt: new Date('2026-06-15T09:15:00Z') });
    house = young;
    await simulator.close();
    simulator = await EmporiaSimulator.start({
      accounts: [{ email: EMAIL, password: 'secret', customerGid: 1, devices: [young] }],
      clock,
    });
    const path = chartPath('2026-06-15T09:00:00Z', '2026-06-15T09:59:59Z').replace('120001', '7');
    expect((await get(path)).body).toMatchObject({ firstUsageInstant: '2026-06-15T09:15:00Z' });
  });

  it('speaks the modern dialect with the same figures', async () => {
    const headers = { authorization: token() };
    const path =
      '/v1/customers/devices/usages?device_gids=120001,120045&instant=2026-06-15T10:29:00Z&scale=MINUTE';
    const { body } = await get(path, headers);
    const [device] = (body as { device_usages: { channel_usages: Json[] }[] }).device_usages;
    const kitchen = device?.channel_usages.find((channel) => channel['channel_id'] === 'Branch_2');
    expect(kitchen?.['usage']).toBe((await channels('2026-06-15T10:29:00Z')).get('2')?.['usage']);
    expect(await get(path.replace('120001', '9'), headers)).toMatchObject({
      status: 401,
      body: { error_message: expect.stringContaining('not authorized on the requested deviceGid') },
    });
    expect((await get('/v1/nothing', headers)).status).toBe(403);
  });

  it('has a maintenance flag that is absent in normal running', async () => {
    expect((await get('/maintenance.json')).status).toBe(403);
    simulator.maintenance = true;
    expect(await get('/maintenance.json')).toEqual({ status: 200, body: { msg: 'down' } });
  });
});
