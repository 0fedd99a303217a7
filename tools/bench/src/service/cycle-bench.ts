import { createHomeAssistantMeter } from '@smart-meter/adapter-home-assistant';
import { request } from 'undici';
import { BenchRow, median } from '../bench-row';
import { startStaticHomeAssistant } from './static-home-assistant';

const WARM_UP_CYCLES = 10;
const ROUNDS = 5;

/** CPU of one cycle over 5,000 entities, beyond what receiving the same bytes costs by itself. */
export async function benchHomeAssistantCycle(cycles = 20): Promise<BenchRow[]> {
  const server = await startStaticHomeAssistant();
  const meter = createHomeAssistantMeter({ url: server.url, token: 'bench', meterId: 'bench' });
  const signal = new AbortController().signal;
  const read = async () => void (await meter.fetchConsumption(signal));
  const receive = async () => {
    const { body } = await request(`${server.url}/api/states`, {
      headers: { authorization: 'Bearer bench' },
    });
    for await (const chunk of body) void chunk;
  };
  try {
    for (let i = 0; i < WARM_UP_CYCLES; i += 1) await read();
    const reading: number[] = [];
    const receiving: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      reading.push(await cpuMsEach(read, cycles));
      receiving.push(await cpuMsEach(receive, cycles));
    }
    const beyond = median(reading) - median(receiving);
    const size = `5,000 entities, ${(server.bytes / 1e6).toFixed(1)} MB`;
    return [
      { name: `Home Assistant cycle beyond receiving, ${size}`, value: beyond, unit: 'ms CPU' },
      { name: `receiving alone, ${size}`, value: median(receiving), unit: 'ms CPU' },
    ];
  } finally {
    await meter.close();
    server.stop();
  }
}

async function cpuMsEach(work: () => Promise<void>, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}
