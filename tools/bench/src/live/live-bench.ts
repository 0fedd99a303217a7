import { setTimeout } from 'node:timers/promises';
import { requireServer, startHomeAssistant } from '@smart-meter/servers';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { BenchRow } from '../bench-row';
import { ServiceProcess } from '../service/service-process';

const POWER = { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' };

/** From `last_updated` of a real Home Assistant to the arrival of the event that follows the transaction. */
export async function benchLatency(changes = 400): Promise<BenchRow[]> {
  const homeAssistant = await requireServer(() => startHomeAssistant());
  if (!homeAssistant) return [];
  try {
    await homeAssistant.setState('sensor.total_power', '0', POWER);
    await homeAssistant.setState('sensor.power_bench', '0', POWER);
    const service = await ServiceProcess.following(homeAssistant);
    try {
      const stop = new AbortController();
      const latencies: number[] = [];
      const following = service.follow(stop.signal, (data, arrivedMs) => {
        latencies.push(arrivedMs - Date.parse((JSON.parse(data) as { timestamp: string }).timestamp));
      });
      for (let i = 1; i <= changes; i += 1) {
        await homeAssistant.setState('sensor.power_bench', String(i), POWER);
        await setTimeout(20);
      }
      await setTimeout(500);
      stop.abort();
      await following.catch(() => undefined);
      const sorted = latencies.sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
      return [
        {
          name: `change in Home Assistant to event after the disk, median of ${sorted.length}`,
          value: at(0.5),
          unit: 'ms',
        },
        { name: 'the same, 99 of 100', value: at(0.99), unit: 'ms' },
      ];
    } finally {
      await service.stop();
    }
  } finally {
    await homeAssistant.stop();
  }
}

/** 5,000 entities at 1,000 changes/s, of which 60 are power sensors. */
export async function benchBusyHome(seconds = 30): Promise<BenchRow[]> {
  const simulator = await HomeAssistantSimulator.start({});
  try {
    const chosen = Array.from({ length: 60 }, (_, i) => `sensor.power_circuit_${i + 1}`);
    const others = Array.from({ length: 4_939 }, (_, i) => `sensor.room_${i + 1}_temperature`);
    simulator.setEntities([
      { entityId: 'sensor.total_power', state: '1000', attributes: POWER },
      ...chosen.map((entityId) => ({ entityId, state: '0', attributes: POWER })),
      ...others.map((entityId) => ({ entityId, state: '20', attributes: { unit_of_measurement: '°C' } })),
    ]);
    const service = await ServiceProcess.following(simulator);
    try {
      const all = [...chosen, ...others];
      const told = new Map<string, number>();
      const before = service.usage();
      const startedMs = performance.now();
      for (let count = 0; performance.now() - startedMs < seconds * 1000;) {
        const due = Math.floor(performance.now() - startedMs);
        const until = Math.min(due, count + all.length / 10);
        for (; count < until; count += 1) {
          const entityId = all[(count * 83) % all.length] ?? '';
          simulator.setState(entityId, String(count / 8));
          if (entityId.startsWith('sensor.power_')) told.set(entityId, (told.get(entityId) ?? 0) + 1);
        }
        await setTimeout(10);
      }
      const after = service.usage();
      await setTimeout(1_000);
      const missing = chosen.reduce(
        (sum, id) =>
          sum +
          Math.max(0, (told.get(id) ?? 0) - service.stored(id).filter(({ value }) => value !== 0).length),
        0,
      );
      const rows: BenchRow[] = [
        { name: `busy home, ${seconds} s: changes of chosen sensors missed`, value: missing, unit: '' },
      ];
      if (!before || !after) return rows;
      const share = ((after.cpuS - before.cpuS) / seconds) * 100;
      return [
        ...rows,
        { name: 'busy home: CPU of the service', value: share, unit: '% of a core' },
        { name: 'busy home: resident memory', value: after.rssMb, unit: 'MB' },
      ];
    } finally {
      await service.stop();
    }
  } finally {
    await simulator.close();
  }
}

/** 500 changes of chosen sensors per second: none may be lost, and the memory must not grow. */
export async function benchSustainedChanges(seconds = 60): Promise<BenchRow[]> {
  const simulator = await HomeAssistantSimulator.start({});
  try {
    const chosen = Array.from({ length: 50 }, (_, i) => `sensor.power_circuit_${i + 1}`);
    simulator.setEntities([
      { entityId: 'sensor.total_power', state: '1000', attributes: POWER },
      ...chosen.map((entityId) => ({ entityId, state: '0', attributes: POWER })),
    ]);
    const service = await ServiceProcess.following(simulator);
    try {
      const startedMs = performance.now();
      let count = 0;
      let early: number | undefined;
      while (performance.now() - startedMs < seconds * 1000) {
        const due = Math.floor((performance.now() - startedMs) / 2);
        for (; count < due; count += 1)
          simulator.setState(chosen[count % chosen.length] ?? '', String((count + 1) / 8));
        if (performance.now() - startedMs > seconds * 250) early ??= service.usage()?.rssMb;
        await setTimeout(10);
      }
      await setTimeout(1_000);
      const late = service.usage()?.rssMb;
      const stored = chosen.reduce(
        (sum, id) =>
          sum +
          new Set(
            service
              .stored(id)
              .map(({ value }) => value)
              .filter((value) => value !== 0),
          ).size,
        0,
      );
      return [
        {
          name: `500 changes/s for ${seconds} s: changes missed of ${count}`,
          value: count - stored,
          unit: '',
        },
        ...(early === undefined || late === undefined
          ? []
          : [
              {
                name: '500 changes/s: growth of memory after the first quarter',
                value: late - early,
                unit: 'MB',
              },
            ]),
      ];
    } finally {
      await service.stop();
    }
  } finally {
    await simulator.close();
  }
}
