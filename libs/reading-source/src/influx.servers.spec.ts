import { describeWithServer, INFLUXDB, InfluxDbServer, startInfluxDb } from '@smart-meter/servers';
import { InfluxIntegrationEvents, InfluxQlEvents } from './influx-events';
import { InfluxQlReadings } from './influx-ql-readings';
import { InfluxQl } from './influx-ql';
import { Period } from './sources';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
const PERIOD: Period = { from: new Date(START_MS), to: new Date(START_MS + 60_000) };

jest.setTimeout(60_000);

describeWithServer(INFLUXDB, 'InfluxQL', () => {
  let influxDb: InfluxDbServer;
  const { signal } = new AbortController();

  beforeAll(async () => {
    influxDb = await startInfluxDb({ auth: { username: 'reader', password: 'pa55word' } });
    await influxDb.createDatabase('home');
    await write([
      ...Array.from(
        { length: 60 },
        (_, s) => `smart_meter,meter_type=x total_power_w=${100 + s} ${START_MS + s * 1000}`,
      ),
      `smart_meter,meter_type=x total_power_w=9,averaged_over_s=60,provenance="backfill" ${START_MS + 500}`,
      `smart_meter,meter_type=x total_power_w=1 ${START_MS + 60_000}`,
      `smart_meter_circuit,circuit_name=O'Neil,meter_type=x power_w=5 ${START_MS + 2500}`,
      `smart_meter_circuit,circuit_name=other,meter_type=x power_w=6 ${START_MS + 2500}`,
      `home_assistant_events,domain=light,entity_id=light.a state_value="on",attributes="{\\"brightness\\": 128}" ${START_MS + 1000}`,
      `home_assistant_events,domain=light,entity_id=light.a state_value="{'state': 'off'}",previous_state="on" ${START_MS + 2000}`,
      `home_assistant_events,domain=sensor,entity_id=sensor.b state_value="7" ${START_MS + 1500}`,
      `light.kitchen,domain=light,entity_id=kitchen state="on",value=1,brightness=200,friendly_name_str="K" ${START_MS + 3000}`,
      `light.kitchen,domain=light,entity_id=kitchen state="off",value=0 ${START_MS + 9000}`,
      `W,domain=sensor,entity_id=power value=230 ${START_MS + 3000}`,
      `%,domain=fan,entity_id=attic state="on",value=1,percentage=33 ${START_MS + 5000}`,
    ]);
  });

  afterAll(() => influxDb?.stop());

  const target = () => ({ url: influxDb.url, bucket: 'home', token: 'reader:pa55word', api: 'v1' as const });

  async function write(lines: string[]): Promise<void> {
    const response = await fetch(`${influxDb.url}/write?db=home&precision=ms&u=reader&p=pa55word`, {
      method: 'POST',
      body: lines.join('\n'),
    });
    expect(response.status).toBe(204);
  }

  async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
    const found: Item[] = [];
    for await (const item of items) found.push(item);
    return found;
  }

  it('reads every reading of a half-open period once, in order', async () => {
    const readings = await all(new InfluxQlReadings(target()).readings(PERIOD, signal));
    expect(readings).toHaveLength(61);
    expect(readings.slice(0, 3).map(({ totalPowerW }) => totalPowerW)).toEqual([100, 9, 101]);
    expect(readings[1]).toMatchObject({ averagedOverS: 60, provenance: 'backfill' });
    expect(readings[0]).not.toHaveProperty('gridPowerW');
  });

  it.each([1, 2, 3, 7, 60, 61, 1000])(
    'reads the same in pages of %i rows, of several measurements too',
    async (size) => {
      const influx = new InfluxQl(target(), size);
      const rows = await all(influx.rows({ select: '*', from: '/.*/' }, PERIOD, signal));
      expect(rows).toHaveLength(70);
      const times = rows.map(({ time }) => time);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    },
  );

  it('reads the circuits that are named, quotes and all', async () => {
    const source = new InfluxQlReadings(target(), { circuits: ["O'Neil"] });
    const circuits = (await all(source.readings(PERIOD, signal))).flatMap(({ circuits: of }) => of);
    expect(circuits).toEqual([{ id: "O'Neil", name: "O'Neil", powerW: 5 }]);
  });

  it('reads events with their states as they are', async () => {
    const events = await all(new InfluxQlEvents(target(), { domains: ['light'] }).events(PERIOD, signal));
    expect(events).toEqual([
      { entityId: 'light.a', at: new Date(START_MS + 1000), state: 'on', attributes: { brightness: 128 } },
      { entityId: 'light.a', at: new Date(START_MS + 2000), state: "{'state': 'off'}", previousState: 'on' },
    ]);
  });

  it('reads what Home Assistant’s own integration writes, whatever the measurements are called', async () => {
    const source = new InfluxIntegrationEvents(target(), { domains: ['light', 'fan'] });
    const events = (await all(source.events(PERIOD, signal))).filter(
      ({ entityId }) => entityId !== 'light.light.a',
    );
    expect(events).toEqual([
      {
        entityId: 'light.kitchen',
        at: new Date(START_MS + 3000),
        state: 'on',
        attributes: { brightness: 200 },
      },
      { entityId: 'fan.attic', at: new Date(START_MS + 5000), state: 'on', attributes: { percentage: 33 } },
      { entityId: 'light.kitchen', at: new Date(START_MS + 9000), state: 'off', attributes: {} },
    ]);
  });

  it('says what is wrong', async () => {
    const read = (change: object) =>
      all(new InfluxQlReadings({ ...target(), ...change }).readings(PERIOD, signal));
    await expect(read({ token: 'reader:wrong' })).rejects.toMatchObject({ code: 'authentication' });
    await expect(read({ bucket: 'nowhere' })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(read({ url: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    });
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(all(new InfluxQlReadings(target()).readings(PERIOD, aborted))).rejects.toThrow('enough');
  });

  it('does not wait for ever for a server that has fallen silent', async () => {
    influxDb.suspend();
    try {
      const source = new InfluxQlReadings({ ...target(), silenceMs: 1_000 });
      await expect(all(source.readings(PERIOD, signal))).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      influxDb.resume();
    }
  });
});
