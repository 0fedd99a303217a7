import { setTimeout as sleep } from 'node:timers/promises';
import { MeterReading, systemClock } from '@smart-meter/meter-adapter';
import {
  describeWithServer,
  HOME_ASSISTANT,
  HomeAssistantServer,
  startHomeAssistant,
} from '@smart-meter/servers';
import { HomeAssistantEvents } from '../src/events/home-assistant-events';
import { HomeAssistantEvent } from '../src/events/home-assistant-event';
import { HistoryReader } from '../src/history/history-reader';
import { HomeAssistantPrices } from '../src/prices/home-assistant-prices';
import { circuitsOfEntities } from '../src/testing/circuits-of-entities';
import { CuttableLink } from '../src/testing/cuttable-link';
import { Follower } from '../src/testing/follower';
import { StateChanger } from '../src/testing/state-changer';
import { HomeAssistantConnector } from '../src/websocket/connector';

const NUMBERS = ['input_number.grid_w', 'input_number.kitchen_w'];

describeWithServer(HOME_ASSISTANT, 'a real Home Assistant', () => {
  let server: HomeAssistantServer;
  let connector: HomeAssistantConnector;
  const { signal } = new AbortController();
  beforeAll(async () => {
    server = await startHomeAssistant();
    connector = connectorTo(server.url, server.token);
  }, 300_000);
  afterAll(async () => {
    await server.stop();
  });

  it('is followed change by change, each with the time that Home Assistant gives it', async () => {
    await server.setState('sensor.fridge', '1', { unit_of_measurement: 'W' });
    const follower = new Follower(connector, circuitsOfEntities(['sensor.fridge', 'sensor.oven']));
    await follower.hasConnected(1);
    const set: { at: string; powerW: number | null }[] = [];
    const setState = async (state: string, unit: string, powerW: number | null) => {
      const { last_updated: at } = await server.setState('sensor.fridge', state, {
        unit_of_measurement: unit,
      });
      set.push({ at: new Date(at).toISOString(), powerW });
    };
    for (let powerW = 100; powerW < 150; powerW += 1) await setState(String(powerW), 'W', powerW);
    await setState('149', 'kW', 149_000);
    await setState('1.5', 'kW', 1500);
    await setState('unavailable', 'kW', null);
    await setState('12,5', 'kW', null);
    await setState('2', 'VA', null);
    await setState('0', 'W', 0);
    await follower.hasReadings(1 + set.length);
    const seen = follower.readings.map(({ observedAt, circuits }) => ({
      at: observedAt.toISOString(),
      powerW: circuits[0]?.powerW,
    }));
    expect(seen.slice(1)).toEqual(set);
    await server.setState('sensor.oven', '7', { unit_of_measurement: 'W' });
    await server.removeState('sensor.oven');
    await follower.hasReadings(3 + set.length);
    expect(follower.readings.slice(-2).map(({ circuits }) => circuits)).toMatchObject([
      [{ id: 'sensor.oven', powerW: 7 }],
      [{ id: 'sensor.oven', powerW: null }],
    ]);
    const delaysMs = follower.delaysMs.slice(1, -2).sort((a, b) => a - b);
    report(
      `change to reading: median ${delaysMs[28]} ms, slowest of ${delaysMs.length} ${delaysMs.at(-1)} ms`,
    );
    await follower.stop();
  }, 60_000);

  it('loses none of 500 changes a second', async () => {
    const follower = new Follower(connector, circuitsOfEntities(NUMBERS));
    await follower.hasConnected(1);
    const changer = await StateChanger.connect(server);
    const startedAtMs = performance.now();
    const count = 2_500;
    for (let sent = 0; sent < count;) {
      const due = Math.min(count, ((performance.now() - startedAtMs) / 1000) * 500);
      for (; sent < due; sent += 1) changer.set(NUMBERS[sent % 2] ?? '', 1 + sent / 10);
      await sleep(2);
    }
    await follower.hasReadings(1 + count);
    const tookS = (performance.now() - startedAtMs) / 1000;
    changer.close();
    const powersW = follower.readings.slice(1).map(({ circuits }) => circuits[0]?.powerW ?? NaN);
    expect(powersW.map((powerW) => Math.round(powerW * 10))).toEqual(
      Array.from({ length: count }, (_, sent) => 10 + sent),
    );
    const delaysMs = follower.delaysMs.slice(1).sort((a, b) => a - b);
    report(
      `${count} changes in ${tookS.toFixed(1)} s, delay median ${delaysMs[count / 2]} ms, p99 ${delaysMs[Math.floor(count * 0.99)]} ms`,
    );
    await follower.stop();
  }, 60_000);

  it('has no gap that its history can fill, after restarts, a kill and cut connections', async () => {
    const link = await CuttableLink.to(Number(new URL(server.url).port));
    const through = connectorTo(`http://127.0.0.1:${link.port}`, server.token);
    const sources = circuitsOfEntities(NUMBERS);
    const begin = new Date();
    const follower = new Follower(through, sources);
    await follower.hasConnected(1);
    const busy = new AbortController();
    const household = keepChanging(server, busy.signal);
    await sleep(1_000);
    link.cut();
    await follower.hasConnected(2);
    await sleep(500);
    await server.restart();
    await follower.hasConnected(3);
    await sleep(1_500);
    await server.kill9();
    await sleep(200);
    await server.restart();
    await follower.hasConnected(4);
    await sleep(1_000);
    busy.abort();
    await household;
    await follower.stop();
    link.close();

    const live = new Set(follower.readings.map(keyOfReading));
    const backfill = new HistoryReader({
      connector,
      clock: systemClock,
      planSources: async () => circuitsOfEntities(NUMBERS, 'backfill'),
    });
    const filled = new Set<string>();
    for (const gap of follower.gaps) {
      for await (const { readings, unavailable } of backfill.fetchHistory(gap, signal)) {
        expect(unavailable).toEqual([]);
        for (const reading of readings) filled.add(keyOfReading(reading));
      }
    }
    const followedFromMs = (follower.readings[0]?.observedAt ?? begin).getTime();
    const recorded = server
      .recordedStates()
      .map((row) => ({ ...row, atMs: Math.floor(Math.round(row.lastUpdatedS * 1e6) / 1e3) }))
      .filter(({ entityId, atMs }) => NUMBERS.includes(entityId) && atMs > followedFromMs)
      .map(({ entityId, state, atMs }) => keyOf(entityId, atMs, Number(state)));
    const missing = recorded.filter((key) => !live.has(key) && !filled.has(key));
    report(
      `${recorded.length} states recorded, ${recorded.filter((key) => live.has(key)).length} of them seen live, ${recorded.filter((key) => !live.has(key)).length} from history, missing ${missing.length}`,
    );
    expect(recorded.length).toBeGreaterThan(100);
    expect(recorded.some((key) => !live.has(key))).toBe(true);
    expect(missing).toEqual([]);
  }, 120_000);

  it('is followed through a rename, and its history goes by the new name', async () => {
    const from = new Date();
    const follower = new Follower(connector, async (connection) => {
      const entries = (await connection.command('config/entity_registry/list')) as Record<string, string>[];
      const kitchen = entries.find((entry) => entry['unique_id'] === 'kitchen_power');
      return circuitsOfEntities([kitchen?.['entity_id'] ?? '']);
    });
    await follower.hasConnected(1);
    await server.callService('input_number', 'set_value', { entity_id: NUMBERS[1], value: 501 });
    await follower.hasReadings(2);
    await server.command('config/entity_registry/update', {
      entity_id: 'sensor.power_kitchen',
      new_entity_id: 'sensor.kuche_leistung',
    });
    await follower.hasConnected(2);
    await server.callService('input_number', 'set_value', { entity_id: NUMBERS[1], value: 502 });
    await follower.hasReading('sensor.kuche_leistung', 502);
    await follower.stop();
    const backfill = new HistoryReader({
      connector,
      clock: systemClock,
      planSources: async () => circuitsOfEntities(['sensor.kuche_leistung'], 'backfill'),
    });
    const powersW: (number | null)[] = [];
    for await (const { readings } of backfill.fetchHistory({ from, to: new Date() }, signal)) {
      powersW.push(...readings.flatMap(({ circuits }) => circuits.map(({ powerW }) => powerW)));
    }
    expect(powersW).toEqual(expect.arrayContaining([501, 502]));
    expect(powersW.at(-1)).toBe(502);
  }, 60_000);

  it('gives the unit of each stretch of history, also where its owner chose another one', async () => {
    const from = new Date();
    await server.setState('sensor.boiler', '2000', { unit_of_measurement: 'W' });
    await server.setState('sensor.boiler', '3000', { unit_of_measurement: 'W' });
    await server.setState('sensor.boiler', '3', { unit_of_measurement: 'kW' });
    await server.setState('sensor.boiler', '4', { unit_of_measurement: 'kW' });
    await server.setState('sensor.boiler', 'unavailable', {});
    const backfill = new HistoryReader({
      connector,
      clock: systemClock,
      planSources: async () => circuitsOfEntities(['sensor.boiler'], 'backfill'),
    });
    const powersW: (number | null)[] = [];
    for await (const { readings } of backfill.fetchHistory({ from, to: new Date() }, signal)) {
      powersW.push(...readings.flatMap(({ circuits }) => circuits.map(({ powerW }) => powerW)));
    }
    expect(powersW).toEqual([2000, 3000, 3000, 4000, null]);
  });

  it('gives hourly means of what its history no longer has, and names what it never had', async () => {
    const hour = (index: number) => new Date(Date.UTC(2026, 0, 10, index));
    await server.command('recorder/import_statistics', {
      metadata: {
        has_mean: true,
        has_sum: false,
        name: null,
        source: 'recorder',
        statistic_id: 'sensor.grid_power',
        unit_of_measurement: 'kW',
      },
      stats: [10, 11, 13].map((index) => ({
        start: hour(index).toISOString(),
        mean: index,
        min: 0,
        max: 99,
      })),
    });
    const history = new HistoryReader({
      connector,
      clock: systemClock,
      planSources: async () => circuitsOfEntities(['sensor.grid_power'], 'backfill'),
    });
    const means: unknown[] = [];
    const unavailable: string[] = [];
    for await (const chunk of history.fetchHistory({ from: hour(9), to: hour(15) }, signal)) {
      for (const { observedAt, averagedOverS, circuits } of chunk.readings) {
        means.push([observedAt.getUTCHours(), averagedOverS, circuits[0]?.powerW]);
      }
      for (const { range } of chunk.unavailable) {
        unavailable.push(`${range.from.getUTCHours()}-${range.to.getUTCHours()}`);
      }
    }
    expect(means).toEqual([
      [11, 3600, 10_000],
      [12, 3600, 11_000],
      [14, 3600, 13_000],
    ]);
    expect(unavailable).toEqual(['9-10', '12-13', '14-15']);
  });

  it('tells renames as they happen, and entities by what survives them', async () => {
    const events = new HomeAssistantEvents({ url: server.url, token: server.token });
    const from = 'input_boolean.lamp';
    const to = 'input_boolean.reading_lamp';
    const lamp = (await events.entities(signal)).find(({ entityId }) => entityId === from);
    const stopped = new AbortController();
    const renames: string[][] = [];
    let onConnected: () => void = () => undefined;
    const connected = new Promise<void>((resolve) => (onConnected = resolve));
    const done = events.subscribe(
      { onConnected, onEvent: () => undefined, onRenamed: (...names) => void renames.push(names) },
      stopped.signal,
    );
    await connected;
    const rename = (entity_id: string, new_entity_id: string) =>
      server.command('config/entity_registry/update', { entity_id, new_entity_id });
    await rename(from, to);
    while (renames.length === 0) await sleep(5);
    expect(await events.entities(signal)).toContainEqual({ ...lamp, entityId: to });
    await rename(to, from);
    while (renames.length === 1) await sleep(5);
    expect(renames).toEqual([
      [from, to],
      [to, from],
    ]);
    stopped.abort();
    await done;
  });

  it('tells the currency, the price of the energy dashboard, and what its sensor said', async () => {
    const price = 'sensor.electricity_price';
    const from = new Date();
    for (const state of ['0.31', '0.32', '0.33'])
      await server.setState(price, state, { unit_of_measurement: 'EUR/kWh' });
    await server.command('energy/save_prefs', {
      energy_sources: [
        {
          type: 'grid',
          flow_from: [
            {
              stat_energy_from: 'sensor.imported',
              stat_cost: null,
              entity_energy_price: price,
              number_energy_price: null,
            },
          ],
          flow_to: [],
          cost_adjustment_day: 0,
        },
      ],
    });
    const prices = new HomeAssistantPrices({ url: server.url, token: server.token });
    const pricing = await prices.read(null, signal);
    expect(pricing).toMatchObject({
      currency: 'EUR',
      price: { entityId: price },
      entityId: price,
      state: { state: '0.33', attributes: { unit_of_measurement: 'EUR/kWh' } },
    });
    const { atStart, changes } = await prices.pastOf(
      price,
      { from, to: new Date(Date.now() + 1000) },
      signal,
    );
    expect(atStart).toBeNull();
    expect(changes.map(({ state }) => state)).toEqual(['0.31', '0.32', '0.33']);
    expect(changes.at(-1)?.lastUpdatedAt).toEqual(pricing.state?.lastUpdatedAt);
    await server.command('energy/save_prefs', { energy_sources: [] });
  });

  it('tells home events, the same live and from history', async () => {
    await server.setState('light.desk', 'off', { friendly_name: 'Desk' });
    const events = new HomeAssistantEvents({ url: server.url, token: server.token });
    const stopped = new AbortController();
    const live: HomeAssistantEvent[] = [];
    const from = new Date();
    let onConnected: () => void = () => undefined;
    const connected = new Promise<void>((resolve) => (onConnected = resolve));
    const done = events.subscribe({ onConnected, onEvent: (event) => live.push(event) }, stopped.signal);
    await connected;
    await server.setState('light.desk', 'on', { friendly_name: 'Desk', brightness: 100 });
    await server.setState('light.desk', 'on', { friendly_name: 'Desk', brightness: 200 });
    await server.setState('light.desk', 'on', { friendly_name: 'Desk', brightness: 200, irrelevant: 1 });
    await server.setState('sensor.not_an_event', '5');
    await server.callService('input_boolean', 'turn_on', { entity_id: 'input_boolean.lamp' });
    await server.setState('climate.hall', 'heat', { temperature: 21 });
    while (live.length < 4) await sleep(5);
    expect(live).toMatchObject([
      { entityId: 'light.desk', domain: 'light', state: 'on', previousState: 'off', isAttributeOnly: false },
      {
        entityId: 'light.desk',
        attributes: { brightness: 200 },
        changedAttributes: ['brightness'],
        isAttributeOnly: true,
      },
      { entityId: 'input_boolean.lamp', state: 'on', previousState: 'off' },
      { entityId: 'climate.hall', state: 'heat', previousState: null, attributes: { temperature: 21 } },
    ]);
    stopped.abort();
    await done;
    const past: HomeAssistantEvent[] = [];
    for await (const event of events.between({ from, to: new Date() }, signal)) past.push(event);
    expect(past).toEqual(live);
  }, 60_000);
});

function report(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

function keyOf(entityId: string, atMs: number, powerW: number | null): string {
  return `${entityId} ${atMs} ${powerW}`;
}

function keyOfReading({ observedAt, circuits }: MeterReading): string {
  const [circuit] = circuits;
  return keyOf(circuit?.id ?? '', observedAt.getTime(), circuit?.powerW ?? null);
}

/** A household that never rests, whatever happens to Home Assistant. */
async function keepChanging(server: HomeAssistantServer, signal: AbortSignal): Promise<void> {
  let value = 0;
  while (!signal.aborted) {
    try {
      const changer = await StateChanger.connect(server);
      while (!signal.aborted && changer.isOpen) {
        value += 1;
        changer.set(NUMBERS[value % 2] ?? '', value);
        await sleep(20);
      }
      changer.close();
    } catch {
      // Home Assistant is away.
      await sleep(50);
    }
  }
}

function connectorTo(url: string, token: string): HomeAssistantConnector {
  return new HomeAssistantConnector({
    webSocketUrl: `${url.replace('http', 'ws')}/api/websocket`,
    token,
    clock: systemClock,
    pingIntervalMs: 1_000,
  });
}
