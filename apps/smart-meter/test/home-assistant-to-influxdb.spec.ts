import {
  describeWithServer,
  HOME_ASSISTANT,
  HomeAssistantServer,
  INFLUXDB,
  InfluxDbServer,
  startHomeAssistant,
  startInfluxDb,
} from '@smart-meter/servers';
import { RunningService, waitFor } from './support/running-service';

/** A template sensor has a registry entry, so that it can be renamed as an owner would rename it. */
const TEMPLATE_SENSOR = `
input_number:
  garage_w: {min: -20000, max: 20000, step: 0.1, unit_of_measurement: W}
template:
  - sensor:
      - name: Workshop bench
        unique_id: workshop_bench
        unit_of_measurement: W
        device_class: power
        state_class: measurement
        state: "{{ states('input_number.garage_w') }}"
`;

const POWER = { device_class: 'power', state_class: 'measurement' };
const ODD_NAME = 'Küche, "große" Lampe = 60 % \\ 💡';

const POWER_IN_WATTS: Readonly<Record<string, number>> = { W: 1, kW: 1000 };

jest.setTimeout(120_000);

describeWithServer(HOME_ASSISTANT, 'The main job', () => {
  describeWithServer(INFLUXDB, 'from a real Home Assistant into a real database', () => {
    let homeAssistant: HomeAssistantServer;
    let influxDb: InfluxDbServer;
    let service: RunningService;

    beforeAll(async () => {
      [homeAssistant, influxDb] = await Promise.all([
        startHomeAssistant({ extraConfiguration: TEMPLATE_SENSOR }),
        startInfluxDb(),
      ]);
      await influxDb.createDatabase('home');
      await homeAssistant.setState('sensor.total_power', '1.234', { ...POWER, unit_of_measurement: 'kW' });
      await homeAssistant.setState('sensor.daily_energy', '7654', {
        device_class: 'energy',
        unit_of_measurement: 'Wh',
      });
      await homeAssistant.setState('sensor.power_kitchen', '250.5', { ...POWER, unit_of_measurement: 'W' });
      await homeAssistant.setState('sensor.power_attic', 'unavailable', {
        ...POWER,
        unit_of_measurement: 'W',
      });
      await homeAssistant.setState('sensor.solar_inverter', '-12.3', { ...POWER, unit_of_measurement: 'W' });
      await homeAssistant.callService('input_number', 'set_value', {
        entity_id: 'input_number.garage_w',
        value: 87.5,
      });
      await homeAssistant.command('config/entity_registry/update', {
        entity_id: 'sensor.workshop_bench',
        new_entity_id: 'sensor.renamed_bench',
        name: ODD_NAME,
      });
      await waitFor('the renamed sensor', async () =>
        (await homeAssistant.states()).some(
          ({ entity_id, state }) => entity_id === 'sensor.renamed_bench' && state === '87.5',
        ),
      );
      service = await RunningService.start({
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: homeAssistant.token,
        INFLUXDB_URL: influxDb.v2Url,
        INFLUXDB_BUCKET: 'home/autogen',
        FETCH_INTERVAL_SECONDS: '10',
      });
    });

    afterAll(async () => {
      await service?.stop();
      await Promise.all([homeAssistant?.stop(), influxDb?.stop()]);
    });

    /** What InfluxDB holds of a circuit, newest first. */
    async function circuitPoints(entityId: string): Promise<{ atMs: number; powerW: number }[]> {
      const [series] = await influxDb.query(
        `SELECT power_w FROM smart_meter_circuit WHERE circuit_name = '${entityId}' ORDER BY time DESC`,
        'home',
      );
      return (series?.values ?? []).map(([atMs, powerW]) => ({ atMs: Number(atMs), powerW: Number(powerW) }));
    }

    async function homePoints(): Promise<{ atMs: number; powerW: number | null; kwh: number | null }[]> {
      const [series] = await influxDb.query(
        'SELECT total_power_w, daily_kwh FROM smart_meter ORDER BY time DESC',
        'home',
      );
      return (series?.values ?? []).map(([atMs, powerW, kwh]) => ({
        atMs: Number(atMs),
        powerW: powerW === null ? null : Number(powerW),
        kwh: kwh === null ? null : Number(kwh),
      }));
    }

    it('brings every value that Home Assistant shows, in W and kWh, at the right time', async () => {
      // Whoever asks while a poll is under way is given that one, which began before.
      await service.collect();
      const beforeMs = Date.now();
      await service.collect();
      const afterMs = Date.now();
      await service.delivered();
      const shown = new Map((await homeAssistant.states()).map((state) => [state.entity_id, state]));
      const wattsShown = (entityId: string) => {
        const sensor = shown.get(entityId);
        const unit = String(sensor?.attributes['unit_of_measurement']);
        return Number(sensor?.state) * (POWER_IN_WATTS[unit] ?? NaN);
      };
      const [home] = await homePoints();
      expect(home?.powerW).toBeCloseTo(wattsShown('sensor.total_power'), 6);
      expect(home?.kwh).toBeCloseTo(Number(shown.get('sensor.daily_energy')?.state) / 1000, 6);
      expect(home?.atMs).toBeGreaterThanOrEqual(beforeMs);
      expect(home?.atMs).toBeLessThanOrEqual(afterMs);
      for (const entityId of ['sensor.power_kitchen', 'sensor.solar_inverter', 'sensor.renamed_bench']) {
        const [newest] = await circuitPoints(entityId);
        expect(newest?.powerW).toBeCloseTo(wattsShown(entityId), 6);
        expect(newest?.atMs).toBe(home?.atMs);
      }
      expect((await circuitPoints('sensor.solar_inverter'))[0]?.powerW).toBe(-12.3);
      expect(await circuitPoints('sensor.power_attic')).toEqual([]);
      expect(await circuitPoints('sensor.total_power')).toEqual([]);
    });

    it('shows the same through the API, and is healthy', async () => {
      const { body: consumption } = await service.get<{
        total_power_w: number;
        daily_kwh: number;
        provenance: string;
        circuits: { entity_id: string; power_w: number | null; percentage: number | null }[];
      }>('/consumption');
      expect(consumption).toMatchObject({ daily_kwh: 7.654, provenance: 'live' });
      expect(consumption.total_power_w).toBeCloseTo(1234, 6);
      const circuit = (entityId: string) => consumption.circuits.find((c) => c.entity_id === entityId);
      expect(circuit('sensor.power_kitchen')?.power_w).toBe(250.5);
      expect(circuit('sensor.power_kitchen')?.percentage).toBeCloseTo((250.5 / 1234) * 100, 6);
      expect(circuit('sensor.power_attic')?.power_w).toBeNull();
      const health = await service.get('/health');
      expect(health.status).toBe(200);
      expect(health.body).toMatchObject({ status: 'healthy', success_rate: 1, failed_fetches: 0 });
    });

    it('misses nothing while InfluxDB is away', async () => {
      await influxDb.kill9();
      const values = [301, 302, 303, 304, 305];
      for (const value of values) {
        await homeAssistant.setState('sensor.power_kitchen', String(value), {
          ...POWER,
          unit_of_measurement: 'W',
        });
        await service.collect();
      }
      const { status, body } = await service.get<{ details: { delivery: { backlog_lines: number } } }>(
        '/health',
      );
      expect(status).toBe(200);
      expect(body.details.delivery.backlog_lines).toBeGreaterThan(0);
      await influxDb.restart();
      await service.delivered(60_000);
      const found = new Set((await circuitPoints('sensor.power_kitchen')).map(({ powerW }) => powerW));
      expect(values.filter((value) => !found.has(value))).toEqual([]);
    });

    it('misses nothing that it read while Home Assistant is away, invents nothing, and goes on when it is back', async () => {
      await service.collect();
      await service.delivered();
      const before = (await homePoints()).length;
      // An orderly end: a Home Assistant that is killed right after its set-up forgets its tokens.
      const restarting = homeAssistant.restart();
      await waitFor('two failed fetches', async () => {
        await service.collect();
        return Number((await service.get('/health')).body['failed_fetches']) >= 2;
      });
      const { body: health } = await service.get<{
        success_rate: number;
        failed_fetches: number;
        total_fetches: number;
      }>('/health');
      expect(health.failed_fetches).toBeGreaterThanOrEqual(2);
      expect(health.success_rate).toBeCloseTo(
        (health.total_fetches - health.failed_fetches) / health.total_fetches,
        9,
      );
      expect((await service.get('/consumption')).body).toMatchObject({ provenance: 'cached' });
      await restarting;
      await homeAssistant.setState('sensor.total_power', '2.5', { ...POWER, unit_of_measurement: 'kW' });
      await waitFor('a fetch that succeeds', async () => {
        await service.collect();
        return (await service.get('/consumption')).body['provenance'] === 'live';
      });
      await service.delivered();
      const points = await homePoints();
      expect(points[0]?.powerW).toBeCloseTo(2500, 6);
      expect(points.length).toBeGreaterThan(before);
      expect(points.every(({ powerW }) => powerW === null || powerW > 1000)).toBe(true);
    });
  });
});
