import { setTimeout } from 'node:timers/promises';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { BenchRow, besidePeer, quantile } from '../bench-row';
import { ProcessUsage, ServiceProcess } from '../service/service-process';
import { startBareServer } from './bare-server';
import { StreamClients } from './stream-clients';

const POWER = { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' };
const CIRCUITS = 20;
const SETTLE_MS = 1_000;

interface Followed {
  events: number;
  /** From the change to each client, ms. */
  delaysMs: number[];
  /** From the first client that an event reached to each, ms. */
  spreadMs: number[];
  dropped: number;
  /** Clients whose events are not those of the first, in its order. */
  unequal: number;
  cpuShare: number | undefined;
  rssMb: number | undefined;
}

/**
 * Clients of `/stream` while a home's circuits change. The delay is measured from the change in Home Assistant to the
 * client: reading, writing to disk and telling are all in it.
 */
export async function benchStream({ clients = 200, seconds = 60, changesPerS = 10 } = {}): Promise<
  BenchRow[]
> {
  const simulator = await HomeAssistantSimulator.start({});
  try {
    const circuits = Array.from({ length: CIRCUITS }, (_, i) => `sensor.power_circuit_${i + 1}`);
    simulator.setEntities([
      { entityId: 'sensor.total_power', state: '1000', attributes: POWER },
      ...circuits.map((entityId) => ({ entityId, state: '0', attributes: POWER })),
    ]);
    const service = await ServiceProcess.following(simulator);
    try {
      let dataLine = '';
      const sampled = new AbortController();
      const sampling = service.follow(sampled.signal, (data) => (dataLine = `data: ${data}`));
      let changes = 0;
      const change = () => {
        changes += 1;
        simulator.setState(circuits[changes % CIRCUITS] ?? '', String(changes / 8));
      };
      const ours = await follow(service, clients, seconds, async (elapsedMs) => {
        while (changes < (elapsedMs * changesPerS) / 1000) change();
        await setTimeout(5);
      });
      sampled.abort();
      await sampling.catch(() => undefined);
      const bare = await startBareServer({ dataLine, everyMs: 1000 / changesPerS });
      try {
        const peer = await follow(bare, clients, seconds, async () => void (await setTimeout(5)));
        return rows(`${clients} clients, ${seconds} s`, changes, ours, peer);
      } finally {
        bare.stop();
      }
    } finally {
      await service.stop();
    }
  } finally {
    await simulator.close();
  }
}

async function follow(
  server: { url: string; usage(): ProcessUsage | undefined },
  count: number,
  seconds: number,
  work: (elapsedMs: number) => Promise<void>,
): Promise<Followed> {
  const all = await StreamClients.open(server.url, count);
  try {
    await setTimeout(SETTLE_MS);
    all.forget();
    const before = server.usage();
    const startedMs = performance.now();
    while (performance.now() - startedMs < seconds * 1000) await work(performance.now() - startedMs);
    const after = server.usage();
    await setTimeout(SETTLE_MS);
    const { clients } = all;
    const firstMs = (clients[0]?.arrivalsMs ?? []).map((_, i) =>
      clients.reduce((soonest, { arrivalsMs }) => Math.min(soonest, arrivalsMs[i] ?? Infinity), Infinity),
    );
    const expected = clients[0]?.ids.join() ?? '';
    return {
      events: clients[0]?.ids.length ?? 0,
      delaysMs: clients.flatMap(({ ids, arrivalsMs }) => arrivalsMs.map((atMs, i) => atMs - (ids[i] ?? NaN))),
      spreadMs: clients.flatMap(({ arrivalsMs }) => arrivalsMs.map((atMs, i) => atMs - (firstMs[i] ?? NaN))),
      dropped: clients.filter(({ isOpen }) => !isOpen).length,
      unequal: clients.filter(({ ids }) => ids.join() !== expected).length,
      cpuShare: before && after && ((after.cpuS - before.cpuS) / seconds) * 100,
      rssMb: after?.rssMb,
    };
  } finally {
    all.close();
  }
}

function rows(name: string, changes: number, ours: Followed, peer: Followed): BenchRow[] {
  const delay = (share: number) => (followed: Followed) => quantile(followed.delaysMs, share);
  const beside = (what: string, unit: string, of: (followed: Followed) => number | undefined): BenchRow[] => {
    const [value, peerValue] = [of(ours), of(peer)];
    if (value === undefined || peerValue === undefined) return [];
    return [besidePeer(`${name}: ${what}`, unit, value, { name: 'bare node:http', value: peerValue })];
  };
  return [
    { name: `${name}: dropped`, value: ours.dropped, unit: '' },
    { name: `${name}: changes missed of ${changes}`, value: changes - ours.events, unit: '' },
    { name: `${name}: clients that saw others or another order`, value: ours.unequal, unit: '' },
    ...beside('change to client, median', 'ms', delay(0.5)),
    ...beside('the same, 99 of 100', 'ms', delay(0.99)),
    ...beside('the same, worst', 'ms', delay(1)),
    ...beside('first client to each, 99 of 100', 'ms', ({ spreadMs }) => quantile(spreadMs, 0.99)),
    ...beside('CPU', '% of a core', ({ cpuShare }) => cpuShare),
    ...beside('resident memory', 'MB', ({ rssMb }) => rssMb),
  ];
}
