import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createHousehold, Household } from '@smart-meter/household';
import { freePort, InfluxDbServer, startInfluxDb } from '@smart-meter/servers';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { Kill, killsOf } from './kills';
import { ServiceProcess } from './service-process';

export interface LifeOptions {
  seed: string;
  from: Date;
  /** smart-meter delivers to a real InfluxDB 1.6.7, and the correlator reads power from it and writes answers there. */
  throughInfluxDb?: boolean;
  /** Both processes are killed with -9 once in every hour, at a random instant of it. */
  killsEveryHour?: boolean;
}

const DATABASE = 'home';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How often the power sensors of the home tell a new value. */
const POWER_EVERY_S = 5;
/** How far the home may be ahead of what smart-meter has kept, and of what the correlator has answered. */
const KEPT_WITHIN_MS = 3 * MINUTE_MS;
const ANSWERED_WITHIN_MS = 60 * MINUTE_MS;
/** From midnight until the second pass is over. */
const NIGHT_MS = 3.25 * HOUR_MS;
const ASK_EVERY_MS = 5;
const ASK_EVERY_MINUTES = 10;
const PATIENCE_MS = 120_000;

/**
 * A simulated home that lives as fast as the services keep up: Home Assistant and its household in this process,
 * smart-meter and energy-correlator as processes of their own on the same wall clock, which moves minute by minute.
 */
export class Life {
  now: Date;
  private kills: Kill[] = [];
  private minutes = 0;
  /** When a service that was killed is started again, ms. */
  private readonly startsAtMs = new Map<ServiceProcess, number>();

  private constructor(
    readonly household: Household,
    readonly homeAssistant: HomeAssistantSimulator,
    readonly smartMeter: ServiceProcess,
    readonly correlator: ServiceProcess,
    readonly influxDb: InfluxDbServer | undefined,
    private readonly dataDir: string,
    private readonly options: LifeOptions,
    private readonly clock: { atMs: number },
  ) {
    this.now = options.from;
  }

  static async start(options: LifeOptions): Promise<Life> {
    const household = createHousehold({ seed: options.seed });
    const clock = { atMs: options.from.getTime() };
    const homeAssistant = await HomeAssistantSimulator.start({
      household,
      clock: { now: () => new Date(clock.atMs) },
      followClock: false,
      powerEveryS: POWER_EVERY_S,
      energyEveryS: 60,
    });
    const influxDb = options.throughInfluxDb ? await startInfluxDb() : undefined;
    await influxDb?.createDatabase(DATABASE);
    const dataDir = mkdtempSync(join(tmpdir(), 'end-to-end-'));
    const shared: Record<string, string> = {
      HOME_ASSISTANT_URL: homeAssistant.url,
      HOME_ASSISTANT_TOKEN: homeAssistant.token,
      TIME_ZONE: household.timeZone,
      LOG_LEVEL: 'warn',
      ...(influxDb && { INFLUXDB_URL: influxDb.url, INFLUXDB_API: 'v1', INFLUXDB_BUCKET: DATABASE }),
    };
    const [smartMeterPort, correlatorPort] = [await freePort(), await freePort()];
    const smartMeter = new ServiceProcess('smart-meter', smartMeterPort, {
      ...shared,
      DATA_DIR: join(dataDir, 'smart-meter'),
      FETCH_INTERVAL_SECONDS: '3600',
      BACKFILL_DAYS: '0',
      CORRELATOR_URL: `http://127.0.0.1:${correlatorPort}`,
    });
    const correlator = new ServiceProcess('energy-correlator', correlatorPort, {
      ...shared,
      DATA_DIR: join(dataDir, 'energy-correlator'),
      PROCESSING_INTERVAL: '1',
      SMART_METER_URL: smartMeter.url,
      ...(influxDb && { POWER_SOURCE: 'influxdb' }),
    });
    const life = new Life(
      household,
      homeAssistant,
      smartMeter,
      correlator,
      influxDb,
      dataDir,
      options,
      clock,
    );
    smartMeter.start(options.from);
    correlator.start(options.from);
    try {
      await life.until('both services follow the home', () => life.areBothUp());
    } catch (error) {
      await life.close();
      throw error;
    }
    return life;
  }

  get smartMeterDataDir(): string {
    return join(this.dataDir, this.smartMeter.name);
  }

  /** Lives on until an instant, and until both services have kept and answered everything up to it. */
  async liveUntil(end: Date): Promise<void> {
    const { seed, killsEveryHour } = this.options;
    while (this.now < end) {
      if (killsEveryHour && this.now.getTime() % HOUR_MS === 0) this.kills = killsOf(seed, this.now);
      await this.liveMinute();
    }
    await this.startAgain(Infinity);
    await this.until('everything is kept', () => this.hasKept(0));
    await this.until('everything is answered', () => this.hasAnswered(0));
  }

  /** Waits for the night in which the correlator answers again what happened until an instant. */
  async sleepOver(until: Date): Promise<void> {
    await this.liveUntil(new Date(until.getTime() + NIGHT_MS));
    await this.until('the night has been answered again', async () => {
      const { second_pass_until: done } = await this.correlator.get<{ second_pass_until: string | null }>(
        '/statistics',
      );
      return done !== null && Date.parse(done) > until.getTime();
    });
  }

  /** Entity and time of every answer that has arrived in InfluxDB. */
  async deliveredAnswers(from: Date, to: Date): Promise<string[]> {
    const { influxDb } = this;
    if (!influxDb) return [];
    await this.until('everything is delivered', async () => {
      const { details } = await this.correlator.get<{ details: { delivery: { backlog_lines: number } } }>(
        '/health',
      );
      return details.delivery.backlog_lines === 0;
    });
    const series = await influxDb.query(
      `SELECT confidence FROM event_energy_correlation
       WHERE time >= ${from.getTime()}ms AND time < ${to.getTime()}ms GROUP BY *`,
      DATABASE,
    );
    return series.flatMap(({ tags, values }) =>
      values.map(([atMs]) => `${tags?.['entity_id']} ${new Date(Number(atMs)).toISOString()}`),
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.smartMeter.stop(), this.correlator.stop()]);
    await this.homeAssistant.close();
    await this.influxDb?.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async liveMinute(): Promise<void> {
    const next = new Date(this.now.getTime() + MINUTE_MS);
    const { smartMeter, correlator } = this;
    const dying = this.kills.filter(({ minute }) => this.now.getTime() % HOUR_MS === minute * MINUTE_MS);
    await Promise.all([smartMeter.setTime(next), correlator.setTime(next)]);
    this.now = next;
    // Set together: whoever asks Home Assistant meanwhile finds the states of the time that it says.
    this.clock.atMs = next.getTime();
    const lived = this.homeAssistant.advanceTo(next);
    await Promise.all(dying.map((kill) => this.kill(kill)));
    await lived;
    await this.startAgain(this.now.getTime());
    await this.keepPace();
  }

  private async kill({ service, afterMs, awayMinutes }: Kill): Promise<void> {
    const process = service === 'smart-meter' ? this.smartMeter : this.correlator;
    await setTimeout(afterMs);
    await process.kill9();
    this.startsAtMs.set(process, this.now.getTime() + awayMinutes * MINUTE_MS);
  }

  /**
   * Starts what is to start by an instant. Time stands still meanwhile: a second of ours would be an hour of this home.
   */
  private async startAgain(untilMs: number): Promise<void> {
    const due = [...this.startsAtMs].filter(([, atMs]) => atMs <= untilMs).map(([process]) => process);
    for (const process of due) {
      process.start(this.now);
      this.startsAtMs.delete(process);
    }
    for (const process of due) {
      const isUp = process === this.smartMeter ? () => this.isSmartMeterUp() : () => this.isCorrelatorUp();
      await this.until(`${process.name} is back`, isUp);
    }
  }

  private async keepPace(): Promise<void> {
    if (!this.startsAtMs.has(this.smartMeter))
      await this.until('smart-meter has kept the last minutes', () => this.hasKept(KEPT_WITHIN_MS));
    // Without smart-meter there is no power to answer from.
    if (this.startsAtMs.size === 0 && ++this.minutes % ASK_EVERY_MINUTES === 0)
      await this.until('the correlator has answered the last hour', () =>
        this.hasAnswered(ANSWERED_WITHIN_MS),
      );
  }

  private async areBothUp(): Promise<boolean> {
    return (await this.isSmartMeterUp()) && (await this.isCorrelatorUp());
  }

  /** It follows the home and has closed the gap that its absence has left. */
  private async isSmartMeterUp(): Promise<boolean> {
    const { details } = await this.smartMeter.get<{ details: { adapter: { stream?: string } } }>('/health');
    if (details.adapter.stream !== 'connected') return false;
    const { gaps } = await this.smartMeter.get<{ gaps: { state: string }[] }>('/gaps');
    return !gaps.some(({ state }) => state === 'open' || state === 'partial');
  }

  private async isCorrelatorUp(): Promise<boolean> {
    const { details } = await this.correlator.get<{ details: { events: { connected: boolean } } }>('/health');
    return details.events.connected;
  }

  private async hasKept(withinMs: number): Promise<boolean> {
    const { timestamp } = await this.smartMeter.get<{ timestamp: string }>('/consumption');
    const toldMs = this.homeAssistant.home.states.get('sensor.total_power')?.lastUpdatedMs ?? 0;
    return Date.parse(timestamp) >= toldMs - withinMs;
  }

  private async hasAnswered(withinMs: number): Promise<boolean> {
    const { processed_until: until } = await this.correlator.get<{ processed_until: string | null }>(
      '/statistics',
    );
    return until !== null && Date.parse(until) >= this.now.getTime() - withinMs;
  }

  private async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const givenUpMs = performance.now() + PATIENCE_MS;
    let fault: unknown;
    for (;;) {
      try {
        if (await holds()) return;
      } catch (error) {
        // It may be on its way up.
        fault = error;
      }
      if (performance.now() > givenUpMs) {
        const logs = [this.smartMeter, this.correlator].map(({ name, lastLog }) => `${name}:\n${lastLog}`);
        throw new Error([`waited in vain until ${what} (${String(fault)})`, ...logs].join('\n'));
      }
      await setTimeout(ASK_EVERY_MS);
    }
  }
}
