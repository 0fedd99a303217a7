import { parseArgs } from 'node:util';
import { findLoads, FoundLoad } from './findings';
import { Life } from './life';

const FROM = new Date('2026-01-12T23:00:00Z');
const DAY_MS = 86_400_000;
/** Homes that nothing was tuned on. */
const HELD_OUT = 'held-out-1,held-out-2,held-out-3,held-out-4,held-out-5,held-out-6';

/** Lives some days in each of some homes and prints how many loads above 20 W were answered within 15 %. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: HELD_OUT },
      days: { type: 'string', default: '1,7' },
      influxdb: { type: 'boolean', default: false },
      kill: { type: 'boolean', default: false },
    },
  });
  const days = values.days.split(',').map(Number);
  const found = new Map<number, FoundLoad[]>(days.map((count) => [count, []]));
  for (const seed of values.seeds.split(',')) {
    const life = await Life.start({
      seed,
      from: FROM,
      throughInfluxDb: values.influxdb,
      killsEveryHour: values.kill,
    });
    try {
      for (const count of days) {
        const to = new Date(FROM.getTime() + count * DAY_MS);
        await life.sleepOver(to);
        const loads = await findLoads(life, FROM, to);
        found.get(count)?.push(...loads);
        console.log(`${seed}, after ${count} days: ${share(loads)}`);
        for (const load of loads) if (!load.isRight) console.log(`  ${describe(load)}`);
      }
    } finally {
      await life.close();
    }
  }
  for (const [count, loads] of found) console.log(`all, after ${count} days: ${share(loads)}`);
}

function share(loads: readonly FoundLoad[]): string {
  const right = loads.filter(({ isRight }) => isRight).length;
  return `${right} of ${loads.length} loads within 15 % (${((100 * right) / loads.length).toFixed(1)} %)`;
}

function describe({ entityId, startW, runningW, powerW, aloneCount }: FoundLoad): string {
  const truth = startW === runningW ? `${startW} W` : `${startW} W at first and ${runningW} W then`;
  return `${entityId}: ${powerW?.toFixed(0) ?? 'no'} W, in truth ${truth}; switched alone ${aloneCount} times`;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
