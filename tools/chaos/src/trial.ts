import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InfluxDbOptions, InfluxDbServer, startInfluxDb } from '@smart-meter/servers';
import { Change, ChangingHome } from './changing-home';
import { ServiceProcess } from './service-process';

export interface TrialOptions {
  influxDb?: InfluxDbOptions;
  /** Where the service keeps its journal; by default a temporary folder. */
  dataDir?: string;
  environment?: Readonly<Record<string, string>>;
  changesPerS?: number;
}

export interface TrialResult {
  /** Values that the source told or the service acknowledged: what it missed must come from history. */
  accepted: number;
  /** Of those, found in InfluxDB. */
  found: number;
  lost: number;
  /** Points more than changes: one value at two times, or one that nobody told. */
  duplicated: number;
  /** What was wrong, in words: the first few. */
  wrong: string[];
}

const DATABASE = 'home';
const DEFAULT_CHANGES_PER_S = 60;
const ON_THE_WAY_MS = 3_000;
const SETTLED_WITHIN_MS = 120_000;
const MOST_WRONG = 6;

/** A running installation to be hurt: a home that changes, the service, a real InfluxDB, and the count at the end. */
export class Trial {
  private constructor(
    readonly home: ChangingHome,
    readonly influxDb: InfluxDbServer,
    readonly service: ServiceProcess,
    private readonly ownDataDir: string | undefined,
  ) {}

  static async start(options: TrialOptions = {}): Promise<Trial> {
    const [home, influxDb] = await Promise.all([ChangingHome.start(), startInfluxDb(options.influxDb)]);
    await influxDb.createDatabase(DATABASE);
    const ownDataDir = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'chaos-')) : undefined;
    const service = await ServiceProcess.create({
      HOME_ASSISTANT_URL: home.homeAssistant.url,
      HOME_ASSISTANT_TOKEN: home.homeAssistant.token,
      INFLUXDB_URL: influxDb.v2Url,
      INFLUXDB_BUCKET: `${DATABASE}/autogen`,
      FETCH_INTERVAL_SECONDS: '3600',
      BACKFILL_DAYS: '0',
      TIME_ZONE: 'UTC',
      LOG_LEVEL: 'warn',
      DATA_DIR: options.dataDir ?? ownDataDir ?? '',
      ...options.environment,
    });
    await service.start();
    home.begin(options.changesPerS ?? DEFAULT_CHANGES_PER_S);
    return new Trial(home, influxDb, service, ownDataDir);
  }

  /** Ends the changes, lets everything arrive, and counts. */
  async finish(): Promise<TrialResult> {
    await this.home.rest();
    // The last changes may still be on their way to the service.
    await setTimeout(ON_THE_WAY_MS);
    await this.settled();
    const found = await this.storedValues();
    const told = new Map(this.home.changes.map((change) => [key(change), change]));
    // What was acknowledged before the count began, and the states of the set-up, are not of it.
    const acknowledged = [...this.service.accepted.keys()].filter((value) => told.has(value));
    const expected = new Set([...told.keys(), ...acknowledged]);
    const lost = [...expected].filter((value) => !found.has(value));
    const surplus = [...found].flatMap(([value, instants]) => surplusOf(value, instants, told.get(value)));
    const wrong = [...lost.map((value) => `${value} of ${told.get(value)?.atMs} is lost`), ...surplus];
    return {
      accepted: expected.size,
      found: expected.size - lost.length,
      lost: lost.length,
      duplicated: surplus.length,
      wrong: wrong.slice(0, MOST_WRONG),
    };
  }

  /** The database loses everything that it has: the count begins anew, and changes go on. */
  async dropDatabase(): Promise<void> {
    await this.home.rest();
    await this.settled();
    this.home.changes.length = 0;
    await this.influxDb.dropDatabase(DATABASE);
    this.home.begin(DEFAULT_CHANGES_PER_S);
  }

  async makeDatabase(): Promise<void> {
    await this.influxDb.createDatabase(DATABASE);
  }

  async close(): Promise<void> {
    await this.service.kill9();
    await Promise.all([this.home.close(), this.influxDb.stop()]);
    if (this.ownDataDir !== undefined) rmSync(this.ownDataDir, { recursive: true, force: true });
  }

  private async settled(): Promise<void> {
    const until = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const { details } = await this.service.health();
      const backlog = details.delivery.backlog_lines ?? 0;
      const waiting = details.journal.waiting_in_memory;
      const gaps = await this.service.openGaps();
      const isFollowing = details.adapter.stream === 'connected';
      if (isFollowing && backlog === 0 && waiting === 0 && gaps === 0) return;
      if (performance.now() > until) {
        throw new Error(
          `not settled: ${backlog} lines, ${waiting} readings, ${gaps} gaps wait; ${JSON.stringify(details.delivery)}`,
        );
      }
      await setTimeout(100);
    }
  }

  /** Each value with the instants at which InfluxDB has it. */
  private async storedValues(): Promise<Map<string, number[]>> {
    const stored = new Map<string, number[]>();
    const series = await this.influxDb.query(
      'SELECT power_w FROM smart_meter_circuit GROUP BY circuit_name',
      DATABASE,
    );
    for (const { tags, values } of series) {
      for (const [atMs, powerW] of values) {
        const value = `${tags?.['circuit_name']} ${powerW}`;
        stored.set(value, [...(stored.get(value) ?? []), Number(atMs)]);
      }
    }
    return stored;
  }
}

const key = ({ entityId, powerW }: Change) => `${entityId} ${powerW}`;

/**
 * Points that no change stands for, in words. A poll states what is in force at its own instant, so that a value may
 * stand again at a later one; it must stand at its own time, and never before it.
 */
function surplusOf(value: string, instants: readonly number[], change: Change | undefined): string[] {
  if (!change)
    return value.endsWith(' 0') ? [] : instants.map((atMs) => `${value} at ${atMs} was never told`);
  const { atMs: ownMs } = change;
  const early = instants.filter((atMs) => atMs < ownMs);
  return [
    ...early.map((atMs) => `${value} at ${atMs} is before its time, ${ownMs}`),
    ...(instants.includes(ownMs) ? [] : [`${value} at ${instants.join(', ')} is not at its time, ${ownMs}`]),
  ];
}
