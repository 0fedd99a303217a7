import { isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import {
  createHomeAssistantMeter,
  HomeAssistantMeter,
  HomeAssistantMeterOptions,
} from './home-assistant-meter';
import { json, ScriptedHomeAssistant, sensor } from './testing/scripted-home-assistant';

const signal = new AbortController().signal;
let home: ScriptedHomeAssistant;
let clock: FakeClock;
const meters: HomeAssistantMeter[] = [];

function meter(options: Partial<HomeAssistantMeterOptions> = {}): HomeAssistantMeter {
  const made = createHomeAssistantMeter({
    url: home.url,
    token: home.token,
    meterId: 'home',
    clock,
    timeoutMs: 2_000,
    ...options,
  });
  meters.push(made);
  return made;
}

const failureOf = async (asked: Promise<unknown>): Promise<MeterError> => {
  const error: unknown = await asked.then(
    () => new Error('no error came'),
    (caught: unknown) => caught,
  );
  if (!isMeterError(error)) throw error;
  expect(error.message).not.toContain(home.token);
  return error;
};

beforeEach(async () => {
  home = await ScriptedHomeAssistant.start();
  clock = new FakeClock('2026-11-20T10:15:00Z');
});
afterEach(async () => {
  await Promise.all(meters.splice(0).map((made) => made.close()));
  await home.stop();
});

describe('fetchConsumption', () => {
  it('reads the whole home, its energy and its circuits with one request for states', async () => {
    home.states = [
      sensor('sensor.total_power', { state: '1.25', unit: 'kW', deviceClass: 'power' }),
      sensor('sensor.daily_energy', { state: '7500', unit: 'Wh', lastUpdated: '2026-11-20T10:14:00+00:00' }),
      sensor('sensor.power_hvac', { state: '500', unit: 'W', deviceClass: 'power' }),
      sensor('sensor.balkon_leistung', { state: '-250', unit: 'W', deviceClass: 'power' }),
      sensor('sensor.garage', { state: '900', unit: 'mW' }),
      sensor('sensor.kuche_scheinleistung', { state: '600', unit: 'VA', deviceClass: 'apparent_power' }),
      sensor('light.kitchen', { state: 'on' }),
    ];
    const adapter = meter();
    const polled = await adapter.fetchConsumption(signal);
    expect(adapter.untrackedPowerW(polled.reading)).toBeCloseTo(1250 - 500 + 250 - 0.9);
    expect(polled).toEqual({
      reading: {
        meterId: 'home',
        observedAt: new Date('2026-11-20T10:15:00Z'),
        averagedOverS: 0,
        totalPowerW: 1250,
        dailyKwh: 7.5,
        circuits: [
          { id: 'sensor.power_hvac', name: 'sensor.power_hvac', powerW: 500, percentage: 40 },
          { id: 'sensor.balkon_leistung', name: 'sensor.balkon_leistung', powerW: -250, percentage: -20 },
          { id: 'sensor.garage', name: 'sensor.garage', powerW: 0.9, percentage: expect.closeTo(0.072) },
        ],
        provenance: 'live',
      },
      warnings: [],
      stale: [],
    });
    expect(home.requests.filter((request) => request === 'GET /api/states')).toHaveLength(1);
  });

  it.each([
    ['unavailable', 'sensor.power_a is unavailable'],
    ['unknown', 'sensor.power_a is unknown'],
    ['', 'sensor.power_a has an empty state'],
    ['None', '"None", which is no number'],
    ['NaN', '"NaN", which is no number'],
    ['Infinity', '"Infinity", which is no number'],
    ['12,5', '"12,5", which is no number'],
    ['1e400', '"1e400", which is no number'],
  ])('takes the state %j as unknown for that sensor alone', async (state, warning) => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.power_a', { state, unit: 'W' }),
      sensor('sensor.power_b', { state: '40', unit: 'W' }),
    ];
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading.totalPowerW).toBe(100);
    expect(reading.circuits.map(({ powerW }) => powerW)).toEqual([null, 40]);
    expect(reading.circuits[0]?.percentage).toBeNull();
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  it('keeps the whole home unknown when its sensor is unavailable, whatever else there is', async () => {
    home.states = [
      sensor('sensor.total_power', { state: 'unavailable', unit: 'W' }),
      sensor('sensor.power_total', { state: '80', unit: 'W' }),
      sensor('sensor.power_a', { state: '40', unit: 'W' }),
    ];
    const { reading } = await meter().fetchConsumption(signal);
    expect(reading.totalPowerW).toBeNull();
    expect(reading.circuits).toMatchObject([{ id: 'sensor.power_a', powerW: 40 }]);
  });

  it('says so when a unit is missing, and reads the others', async () => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.power_oven', { state: '40', deviceClass: 'power' }),
    ];
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: 100, circuits: [{ powerW: null }] });
    expect(warnings).toEqual(['sensor.power_oven has no unit of measurement: its value cannot be read']);
  });

  it('converts with the unit in force at each sample', async () => {
    home.states = [sensor('sensor.total_power', { state: '100', unit: 'W' })];
    const adapter = meter();
    expect((await adapter.fetchConsumption(signal)).reading.totalPowerW).toBe(100);
    home.states = [sensor('sensor.total_power', { state: '0.1', unit: 'kW' })];
    expect((await adapter.fetchConsumption(signal)).reading.totalPowerW).toBe(100);
  });

  it('gives a steady value anew at the instant of each answer', async () => {
    home.states = [sensor('sensor.total_power', { state: '100', unit: 'W' })];
    const adapter = meter();
    await adapter.fetchConsumption(signal);
    await clock.advance(300_000);
    const { reading } = await adapter.fetchConsumption(signal);
    expect(reading).toMatchObject({ observedAt: new Date('2026-11-20T10:20:00Z'), totalPowerW: 100 });
  });

  it('flags sensors that were not reported for too long', async () => {
    home.states = [
      sensor('sensor.total_power', {
        state: '100',
        unit: 'W',
        lastUpdated: '2026-11-20T08:00:00+00:00',
        lastReported: '2026-11-20T10:14:30+00:00',
      }),
      sensor('sensor.power_a', { state: '1', unit: 'W', lastUpdated: '2026-11-20T10:09:59+00:00' }),
      sensor('sensor.power_b', { state: '1', unit: 'W', lastUpdated: '2026-11-20T10:10:00+00:00' }),
    ];
    const { stale } = await meter({ staleAfterS: 300 }).fetchConsumption(signal);
    expect(stale).toEqual([{ sourceId: 'sensor.power_a', lastReportedAt: new Date('2026-11-20T10:09:59Z') }]);
  });

  it('reads 0 W where there is no power sensor, and says what it looked for', async () => {
    home.states = [sensor('sensor.temperature', { state: '21', unit: '°C' })];
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: 0, dailyKwh: null, circuits: [] });
    expect(warnings.join()).toMatch(/sensor\.total_power.*sensor\.power_.*device class power.*W and kW/);
  });

  it('reads no 0 W from a Home Assistant that is starting', async () => {
    home.states = [];
    home.config['state'] = 'STARTING';
    expect(await failureOf(meter().fetchConsumption(signal))).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('STARTING'),
    });
  });

  it('hands the whole home to no other sensor while Home Assistant is starting', async () => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.power_total', { state: '7', unit: 'W' }),
    ];
    const adapter = meter();
    await adapter.fetchConsumption(signal);
    home.config['state'] = 'STARTING';
    home.states.shift();
    expect(await failureOf(adapter.fetchConsumption(signal))).toMatchObject({ code: 'unavailable' });
    home.config['state'] = 'RUNNING';
    expect((await adapter.fetchConsumption(signal)).reading.totalPowerW).toBe(7);
  });

  it('lets one malformed entity cost only itself', async () => {
    home.states = [null, { entity_id: 5 }, sensor('sensor.total_power', { state: '100', unit: 'W' })];
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading.totalPowerW).toBe(100);
    expect(warnings).toEqual(['2 entities of Home Assistant could not be understood']);
  });

  it('prefers what the user names', async () => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.haupt', { state: '0.2', unit: 'kW' }),
      sensor('sensor.daily_energy', { state: '5', unit: 'kWh' }),
      sensor('sensor.strom_heute', { state: '3', unit: 'kWh', lastUpdated: '2026-11-20T10:00:00Z' }),
      sensor('sensor.power_a', { state: '1', unit: 'W' }),
      sensor('sensor.power_b', { state: '2', unit: 'W' }),
      sensor('sensor.power_b_phone', { state: '3', unit: 'W' }),
    ];
    const { reading } = await meter({
      powerEntity: 'sensor.haupt',
      energyEntity: 'sensor.strom_heute',
      circuitInclude: ['sensor.power_b*'],
      circuitExclude: ['*_phone'],
    }).fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: 200, dailyKwh: 3 });
    expect(reading.circuits.map(({ id }) => id)).toEqual(['sensor.power_b']);
  });

  it('says so when the named sensor does not exist', async () => {
    home.states = [sensor('sensor.total_power', { state: '100', unit: 'W' })];
    const { reading, warnings } = await meter({ powerEntity: 'sensor.typo' }).fetchConsumption(signal);
    expect(reading.totalPowerW).toBeNull();
    expect(warnings).toEqual(['sensor.typo does not exist in Home Assistant']);
  });

  it('counts the day on over a restart', async () => {
    const saved: { value?: unknown } = {};
    const dailyEnergyStore = {
      load: async () => saved.value,
      save: async (snapshot: unknown) => void (saved.value = JSON.parse(JSON.stringify(snapshot))),
    };
    const lifetime = (state: string) => [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.meter', { state, unit: 'kWh', attributes: { state_class: 'total_increasing' } }),
    ];
    clock.jumpTo('2026-11-20T22:50:00Z');
    home.states = lifetime('1000');
    const options = { energyEntity: 'sensor.meter', dailyEnergyStore };
    expect((await meter(options).fetchConsumption(signal)).reading.dailyKwh).toBeNull();
    clock.jumpTo('2026-11-20T23:10:00Z');
    home.states = lifetime('1000.2');
    expect((await meter(options).fetchConsumption(signal)).reading.dailyKwh).toBeCloseTo(0.1);
    clock.jumpTo('2026-11-21T09:00:00Z');
    home.states = lifetime('1004.2');
    expect((await meter(options).fetchConsumption(signal)).reading.dailyKwh).toBeCloseTo(4.1);
  });

  it.each([
    ['loaded', { load: async () => Promise.reject(new Error('it is damaged')), save: async () => undefined }],
    ['saved', { load: async () => undefined, save: async () => Promise.reject(new Error('disk full')) }],
  ])('counts on where the document cannot be %s, and says so', async (_what, dailyEnergyStore) => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.energy_today', { state: '3', unit: 'kWh' }),
    ];
    const { reading, warnings } = await meter({ dailyEnergyStore }).fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: 100, dailyKwh: 3 });
    expect(warnings).toEqual([expect.stringContaining('the energy of today')]);
  });

  it('does not know the energy of today while its counter cannot be read', async () => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.energy_today', { state: '3', unit: 'kWh' }),
    ];
    const adapter = meter();
    expect((await adapter.fetchConsumption(signal)).reading.dailyKwh).toBe(3);
    home.states[1] = sensor('sensor.energy_today', { state: 'unavailable', unit: 'kWh' });
    const { reading, warnings } = await adapter.fetchConsumption(signal);
    expect(reading.dailyKwh).toBeNull();
    expect(warnings).toEqual(['sensor.energy_today is unavailable']);
  });

  it('tells of every request', async () => {
    home.states = [sensor('sensor.energy_today', { state: '3', unit: 'kWh' })];
    const asked: string[] = [];
    const adapter = meter({ onRequest: (operation) => asked.push(operation) });
    await adapter.testConnection(signal);
    expect(asked).toEqual(['ping', 'config', 'states']);
  });

  it('makes do with a server that offers states alone', async () => {
    home.answers.set('/config', (response) => response.writeHead(404).end());
    expect((await meter().fetchConsumption(signal)).reading.totalPowerW).toBe(0);
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.energy_today', { state: '3', unit: 'kWh' }),
    ];
    const adapter = meter({ timeZone: 'Europe/Berlin' });
    expect((await adapter.fetchConsumption(signal)).reading).toMatchObject({ totalPowerW: 100, dailyKwh: 3 });
    expect(await adapter.testConnection(signal)).toMatchObject({ ok: true });
  });

  it('reads power where the time zone cannot be had', async () => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.energy_today', { state: '3', unit: 'kWh' }),
    ];
    home.answers.set('/config', json({}, 500));
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: 100, dailyKwh: null });
    expect(warnings).toEqual([expect.stringContaining('the energy of today is unknown')]);
  });

  it.each([['Europe/Nowhere'], [''], [5]])('survives the time zone %p', async (timeZone) => {
    home.states = [
      sensor('sensor.total_power', { state: '100', unit: 'W' }),
      sensor('sensor.energy_today', { state: '3', unit: 'kWh' }),
    ];
    home.config['time_zone'] = timeZone;
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: 100, dailyKwh: null });
    expect(warnings).toEqual([expect.stringContaining('time_zone')]);
  });
});

describe('what the WebSocket tells', () => {
  beforeEach(() => {
    home.states = [
      sensor('sensor.meter', { state: '0.9', unit: 'kW', deviceClass: 'power' }),
      sensor('sensor.oven', { state: '300', unit: 'W', deviceClass: 'power' }),
      sensor('sensor.oven_energy', {
        state: '12',
        unit: 'kWh',
        attributes: { state_class: 'total_increasing' },
      }),
    ];
    home.results.set('config/entity_registry/list', [
      { id: 'a1', entity_id: 'sensor.oven', platform: 'shelly', unique_id: 'x', device_id: 'd1' },
    ]);
    home.results.set('energy/get_prefs', {
      energy_sources: [{ type: 'grid', stat_energy_from: null, stat_rate: 'sensor.meter' }],
      device_consumption: [{ stat_consumption: 'sensor.oven_energy', stat_rate: 'sensor.oven' }],
    });
  });

  it('gives circuits the ids that survive renames, and roles from the energy dashboard', async () => {
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading).toMatchObject({
      totalPowerW: 900,
      gridPowerW: 900,
      circuits: [{ id: 'a1', name: 'sensor.oven', powerW: 300, dailyKwh: null }],
    });
    expect(warnings).toEqual([]);
  });

  it('is asked for once an hour, and kept where it cannot be had again', async () => {
    const adapter = meter();
    await adapter.fetchConsumption(signal);
    home.results.clear();
    home.results.set('config/entity_registry/list', [{ id: 'b2', entity_id: 'sensor.oven' }]);
    await clock.advance(30 * 60_000);
    expect((await adapter.fetchConsumption(signal)).reading.circuits[0]?.id).toBe('a1');
    await clock.advance(31 * 60_000);
    expect((await adapter.fetchConsumption(signal)).reading.circuits.map(({ id }) => id)).toContain('b2');
    home.refusesWebSockets = true;
    await clock.advance(61 * 60_000);
    expect((await adapter.fetchConsumption(signal)).reading.circuits.map(({ id }) => id)).toContain('b2');
  });

  it('is done without where no WebSocket can be had', async () => {
    home.refusesWebSockets = true;
    const { reading, warnings } = await meter().fetchConsumption(signal);
    expect(reading.circuits.map(({ id }) => id)).toEqual(['sensor.meter', 'sensor.oven']);
    expect(warnings[0]).toContain('sensors are chosen by name and class alone');
  });

  it('explains every choice', async () => {
    expect(await meter().describeSources(signal)).toEqual([
      {
        sourceId: 'computed:home',
        name: 'computed:home',
        role: 'home',
        reason: expect.stringContaining('the grid'),
      },
      {
        sourceId: 'sensor.meter',
        name: 'sensor.meter',
        role: 'grid',
        unit: 'kW',
        reason: 'chosen in the energy dashboard',
      },
      {
        sourceId: 'sensor.oven',
        name: 'sensor.oven',
        role: 'circuit',
        unit: 'W',
        circuitId: 'a1',
        reason: 'a device of the energy dashboard',
        metadata: { platform: 'shelly' },
      },
    ]);
  });
});

describe('faults', () => {
  const html = '<html><body>Login</body></html>';
  it.each([
    [
      'a page instead of data',
      'malformed_response',
      (response) => response.setHeader('content-type', 'text/html').end(html),
    ],
    [
      'a body that is cut short',
      'unavailable',
      (response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('[{"entity_id":');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    ['JSON that is cut short', 'malformed_response', (response) => response.end('[{"entity_id":"sensor.a"')],
    ['an object instead of a list', 'malformed_response', (response) => response.end('{"message":"hello"}')],
    ['a list of something else', 'malformed_response', (response) => response.end('[1,2,3]')],
    ['an empty body', 'malformed_response', (response) => response.end()],
    ['no such path', 'configuration', (response) => response.writeHead(404).end()],
    ['a ban', 'authentication', (response) => response.writeHead(403).end('403: Forbidden')],
    ['a refused token', 'authentication', (response) => response.writeHead(401).end('401: Unauthorized')],
    [
      'too many requests',
      'rate_limited',
      (response) => response.writeHead(429, { 'retry-after': '30' }).end(),
    ],
    ['a stopping Home Assistant', 'unavailable', (response) => response.writeHead(503).end()],
    ['a proxy without Home Assistant', 'unavailable', (response) => response.writeHead(502).end()],
    ['a redirect', 'configuration', (response) => response.writeHead(301, { location: 'https://x/' }).end()],
  ] satisfies [string, string, Parameters<ScriptedHomeAssistant['answers']['set']>[1]][])(
    'answers %s with %s',
    async (_fault, code, answer) => {
      home.answers.set('/states', answer);
      expect(await failureOf(meter().fetchConsumption(signal))).toMatchObject({ code });
    },
  );

  it('reads no more of a body of 100 MB than it is willing to', async () => {
    let sentBytes = 0;
    home.answers.set('/states', (response) => {
      const block = Buffer.alloc(256 * 1024, ' ');
      const more = () => {
        while (sentBytes < 100 * 1024 * 1024 && response.write(block)) sentBytes += block.length;
        if (sentBytes >= 100 * 1024 * 1024) response.end();
      };
      response.on('drain', more);
      more();
    });
    const error = await failureOf(meter({ maxBodyBytes: 4 * 1024 * 1024 }).fetchConsumption(signal));
    expect(error).toMatchObject({
      code: 'malformed_response',
      message: expect.stringContaining('more than 4 MiB'),
    });
    expect(sentBytes).toBeLessThan(50 * 1024 * 1024);
  });

  it('does not wait for ever', async () => {
    home.answers.set('/states', () => undefined);
    expect(await failureOf(meter({ timeoutMs: 100 }).fetchConsumption(signal))).toMatchObject({
      code: 'unavailable',
    });
  });

  it('stops when told to', async () => {
    home.answers.set('/states', () => undefined);
    const stop = new AbortController();
    const asking = meter().fetchConsumption(stop.signal);
    stop.abort(new Error('told to stop'));
    await expect(asking).rejects.toThrow('told to stop');
  });

  it('does not knock again with a refused token', async () => {
    const adapter = meter({ token: 'wrong' });
    await failureOf(adapter.fetchConsumption(signal));
    const asked = home.requests.length;
    const error = await failureOf(adapter.fetchConsumption(signal));
    expect(error).toMatchObject({ code: 'authentication', retryable: false });
    expect(home.requests).toHaveLength(asked);
  });

  it('goes on when a ban is lifted', async () => {
    home.states = [sensor('sensor.total_power', { state: '100', unit: 'W' })];
    home.answers.set('*', (response) => response.writeHead(403).end());
    const adapter = meter();
    expect((await failureOf(adapter.fetchConsumption(signal))).retryable).toBe(true);
    home.answers.clear();
    expect((await adapter.fetchConsumption(signal)).reading.totalPowerW).toBe(100);
  });

  it.each([
    ['no URL', { url: '' }],
    ['a URL without a scheme', { url: 'homeassistant.local:8123' }],
    ['another scheme', { url: 'ftp://homeassistant.local' }],
    ['credentials in the URL', { url: 'http://me:secret@host' }],
    ['no token', { token: ' ' }],
  ])('refuses %s at once, without quoting it', (_what, options) => {
    expect(() => meter(options)).toThrow(expect.objectContaining({ code: 'configuration' }));
    expect(() => meter(options)).not.toThrow(/secret/);
  });
});

describe('testConnection', () => {
  const test = (options: Partial<HomeAssistantMeterOptions> = {}) => meter(options).testConnection(signal);

  it('names what it found', async () => {
    home.states = [
      sensor('sensor.total_power', { state: '1', unit: 'W' }),
      sensor('sensor.power_a', { unit: 'W' }),
    ];
    expect(await test()).toEqual({
      ok: true,
      detail: expect.stringMatching(
        /2026\.11\.0 "Home": 2 entities; whole home: sensor\.total_power;.* 1 circuits/,
      ),
      warnings: [],
    });
  });

  it('takes the URL with a path, a slash or /api at its end', async () => {
    for (const suffix of ['/', '/api', '/api/'])
      expect(await test({ url: home.url + suffix })).toMatchObject({ ok: true });
  });

  it('tells that nothing can be reached', async () => {
    const { url, token } = home;
    await home.stop();
    const gone = createHomeAssistantMeter({ url, token, meterId: 'home', clock });
    meters.push(gone);
    home = await ScriptedHomeAssistant.start();
    expect(await gone.testConnection(signal)).toMatchObject({
      ok: false,
      error: { code: 'unavailable' },
      detail: expect.stringContaining('nothing listens there'),
    });
  });

  it.each([
    ['a page', (response) => response.setHeader('content-type', 'text/html').end('<html>')],
    ['another API', json({ hello: 'world' })],
    ['nothing at that path', (response) => response.writeHead(404).end()],
  ] satisfies [string, Parameters<ScriptedHomeAssistant['answers']['set']>[1]][])(
    'tells that %s is not Home Assistant',
    async (_what, answer) => {
      home.answers.set('*', answer);
      expect(await test()).toMatchObject({
        ok: false,
        error: { code: 'configuration' },
        detail: expect.stringContaining('is it Home Assistant?'),
      });
    },
  );

  it('tells a bad token', async () => {
    expect(await test({ token: 'wrong' })).toMatchObject({
      ok: false,
      error: { code: 'authentication', retryable: false },
      detail: expect.stringContaining('long-lived access token'),
    });
    expect(home.requests).toEqual(['GET /api/']);
  });

  it('tells a ban', async () => {
    home.answers.set('*', (response) => response.writeHead(403).end('403: Forbidden'));
    expect(await test()).toMatchObject({ ok: false, detail: expect.stringContaining('ip_bans.yaml') });
  });

  it('tells that Home Assistant is starting', async () => {
    home.config['state'] = 'STARTING';
    expect(await test()).toMatchObject({
      ok: false,
      error: { code: 'unavailable' },
      detail: expect.stringContaining('STARTING'),
    });
  });

  it('tells that there is no power sensor', async () => {
    expect(await test()).toMatchObject({
      ok: true,
      warnings: [expect.stringContaining('no power sensor')],
    });
  });

  it('knocks again after a refusal, since the user asks', async () => {
    home.states = [sensor('sensor.total_power', { state: '1', unit: 'W' })];
    home.answers.set('*', (response) => response.writeHead(401).end());
    const adapter = meter();
    await failureOf(adapter.fetchConsumption(signal));
    home.answers.clear();
    expect(await adapter.testConnection(signal)).toMatchObject({ ok: true });
    expect((await adapter.fetchConsumption(signal)).reading.totalPowerW).toBe(1);
  });
});
