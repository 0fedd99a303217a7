import { setTimeout } from 'node:timers/promises';
import { createHousehold } from '@smart-meter/household';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import autocannon from 'autocannon';
import { BenchRow, besidePeer } from '../bench-row';
import { ServiceProcess } from '../service/service-process';
import { startBareServer } from './bare-server';

const CONNECTIONS = 10;

/** `GET /consumption` as fast as it goes over connections that are kept, beside plain node:http with the same bytes. */
export async function benchConsumption({ seconds = 10 } = {}): Promise<BenchRow[]> {
  const simulator = await HomeAssistantSimulator.start({ household: createHousehold({ seed: 7 }) });
  try {
    const service = await ServiceProcess.following(simulator);
    try {
      const url = `${service.url}/consumption`;
      const response = await fetch(url);
      const etag = response.headers.get('etag') ?? '';
      const body = await response.text();
      const bare = await startBareServer({ body });
      try {
        // The first requests find code that is not compiled yet.
        await load(url, 3);
        const ours = await load(url, seconds);
        const conditional = await load(url, seconds, { 'if-none-match': etag });
        await load(bare.url, 3);
        const peer = { name: 'bare node:http', value: (await load(bare.url, seconds)).perS };
        const name = `GET /consumption, ${body.length} bytes, ${CONNECTIONS} connections`;
        return [
          besidePeer(name, 'requests/s', ours.perS, peer),
          besidePeer(`${name}, with If-None-Match`, 'requests/s', conditional.perS, peer),
          { name: `${name}: 99 of 100 answers within`, value: ours.p99Ms, unit: 'ms' },
          { name: `${name}: not answered with 200`, value: ours.failed, unit: '' },
        ];
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

async function load(
  url: string,
  duration: number,
  headers: Record<string, string> = {},
): Promise<{ perS: number; p99Ms: number; failed: number }> {
  await setTimeout(500);
  const { requests, latency, non2xx, errors, timeouts } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration,
    headers,
  });
  return { perS: requests.average, p99Ms: latency.p99, failed: non2xx + errors + timeouts };
}
