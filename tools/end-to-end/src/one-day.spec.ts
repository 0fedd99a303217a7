import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describeWithServer, INFLUXDB } from '@smart-meter/servers';
import { Answer, answersOf, differences, findLoads, FoundLoad, keptPowers, KeptPowers } from './findings';
import { Life, LifeOptions } from './life';

const ROOT = join(__dirname, '..', '..', '..');
const FROM = new Date('2026-01-12T23:00:00Z');
const TO = new Date('2026-01-13T23:00:00Z');
/** A home for which a day is enough to learn every load from; not every home is (see the README). */
const SEED = 'tune-11';
const FEWEST_LOADS = 13;
/** An answer is not revised for less than 1 W or 2 %: which of two so near is kept depends on when it was asked. */
const SAME_SHARE = 0.03;

jest.setTimeout(600_000);

interface Day {
  answers: Answer[];
  loads: FoundLoad[];
  powers: KeptPowers;
}

/** A day and the night after it, in which it is answered again. */
async function liveOneDay(options: Omit<LifeOptions, 'seed' | 'from'>, ask: (life: Life) => Promise<void>) {
  const life = await Life.start({ ...options, seed: SEED, from: FROM });
  try {
    await life.sleepOver(TO);
    await ask(life);
  } finally {
    await life.close();
  }
}

async function dayOf(life: Life): Promise<Day> {
  return {
    answers: await answersOf(life, FROM, TO),
    loads: await findLoads(life, FROM, TO),
    powers: keptPowers(life, FROM, TO),
  };
}

/** Every event of the home has been answered, and none twice. */
function expectEachEventOnce({ household }: Life, { answers }: Day): void {
  const ids = answers.map(({ event_id }) => event_id);
  expect(new Set(ids).size).toBe(ids.length);
  const told = household.eventsBetween(new Date(FROM.getTime() + 1), TO);
  expect(told.length).toBeGreaterThan(80);
  // When the correlator was first started, Home Assistant told the state of each entity too.
  const later = answers.filter(({ timestamp }) => timestamp !== FROM.toISOString());
  expect(later.map(({ event_id }) => event_id).sort()).toEqual(
    told.map(({ entityId, at }) => `${entityId}@${at.getTime()}`).sort(),
  );
}

function expectRightLoads({ loads }: Day): void {
  expect(loads.length).toBeGreaterThanOrEqual(FEWEST_LOADS);
  expect(loads.filter(({ isRight }) => !isRight)).toEqual([]);
}

describe('One day of a home through smart-meter and energy-correlator as processes', () => {
  let undisturbed: Day;

  beforeAll(() => {
    const projects = ['smart-meter', 'energy-correlator'].map((app) =>
      join('apps', app, 'tsconfig.app.json'),
    );
    const { status, stdout } = spawnSync('tsc', ['--build', ...projects], { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the services cannot be built:\n${stdout}`);
  });

  it('tells what every load above 20 W draws, without a database', async () => {
    await liveOneDay({}, async (life) => {
      undisturbed = await dayOf(life);
      expectEachEventOnce(life, undisturbed);
      expectRightLoads(undisturbed);
      const period = `from=${FROM.toISOString()}&to=${TO.toISOString()}`;
      const onThePage = await life.smartMeter.get<{
        configured: boolean;
        correlations: { timestamp: string; entity_id: string; power_delta_w: number }[];
      }>(`/correlations?${period}`);
      const large = undisturbed.answers.filter(({ power_delta_w: deltaW }) => Math.abs(deltaW ?? 0) >= 10);
      expect(large.length).toBeGreaterThan(20);
      expect(onThePage.configured).toBe(true);
      expect(onThePage.correlations.map(({ timestamp, entity_id }) => [timestamp, entity_id])).toEqual(
        large.map(({ timestamp, entity_id }) => [timestamp, entity_id]),
      );
    });
  });

  it('tells the same when each process is killed with -9 in every hour', async () => {
    await liveOneDay({ killsEveryHour: true }, async (life) => {
      const day = await dayOf(life);
      expect(life.smartMeter.starts).toBeGreaterThanOrEqual(24);
      expect(life.correlator.starts).toBeGreaterThanOrEqual(24);
      expectEachEventOnce(life, day);
      expectRightLoads(day);
      expect([...day.powers.keys()].sort()).toEqual([...undisturbed.powers.keys()].sort());
      for (const [series, told] of undisturbed.powers) {
        expect(told.size).toBeGreaterThan(100);
        expect([series, differences(told, day.powers.get(series) ?? new Map())]).toEqual([series, []]);
      }
      for (const { entityId, powerW } of undisturbed.loads) {
        const survived = day.loads.find((load) => load.entityId === entityId);
        const apartW = Math.abs((survived?.powerW ?? 0) - (powerW ?? 0));
        expect([entityId, apartW <= Math.max(1, SAME_SHARE * (powerW ?? 0))]).toEqual([entityId, true]);
      }
    });
  });
});

describeWithServer(INFLUXDB, 'The same day through InfluxDB', () => {
  it('tells what every load above 20 W draws, and delivers each answer once', async () => {
    await liveOneDay({ throughInfluxDb: true }, async (life) => {
      const day = await dayOf(life);
      expectEachEventOnce(life, day);
      expectRightLoads(day);
      const points = await life.deliveredAnswers(FROM, TO);
      expect(points.sort()).toEqual(
        day.answers.map(({ entity_id, timestamp }) => `${entity_id} ${timestamp}`).sort(),
      );
    });
  });
});
