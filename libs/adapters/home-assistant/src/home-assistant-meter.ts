import {
  Clock,
  ConnectionTest,
  DescribesSources,
  DocumentStore,
  HistoricalMeter,
  HistoryChunk,
  MeterAdapter,
  MeterError,
  MeterReading,
  PolledReading,
  SourceDescription,
  StreamingMeter,
  StreamListener,
  systemClock,
  TimeRange,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { IANAZone } from 'luxon';
import { Agent, Dispatcher } from 'undici';
import { HomeAssistantAccess, resolveAccess } from './address';
import { StateChange } from './changes/state-change';
import { FollowedSources, streamChanges } from './changes/stream-changes';
import { ContextKeeper } from './context/context-keeper';
import { readHomeContext } from './context/home-context';
import { statesAt } from './context/states-at';
import { DailyEnergyKeeper } from './daily-energy/daily-energy-keeper';
import { hasNoPowerSensor, planSummary, planWarnings } from './discovery/plan-report';
import { planSources } from './discovery/plan-sources';
import { SourceOverrides } from './discovery/snapshot';
import { countersToObserve, energyCounters, plannedEntityIds, SourcePlan } from './discovery/source-plan';
import { EntityState } from './entity-state/entity-state';
import { HISTORY_LIMITS, HistoryReader } from './history/history-reader';
import { sensorWarnings, staleSources } from './reading/observations';
import { pastReadings } from './reading/past-readings';
import { changedReading, fullReading, untrackedPowerW } from './reading/reading';
import { polledInstant } from './reading/polled-instant';
import { HomeAssistantConfig, HomeAssistantRestClient, parseConfig, parseStates } from './rest/rest-client';
import { HomeAssistantConnection } from './websocket/connection';
import { HomeAssistantConnector } from './websocket/connector';

export interface HomeAssistantMeterOptions extends HomeAssistantAccess, SourceOverrides {
  meterId: string;
  /** A sensor that was not reported for longer is called stale. Seconds. */
  staleAfterS?: number;
  clock?: Clock;
  /** undici agent; the caller closes it. */
  dispatcher?: Dispatcher;
  /** One bound on each request, ms. */
  timeoutMs?: number;
  /** The largest answer that is read, bytes. */
  maxBodyBytes?: number;
  /** Where what the day's energy is counted from outlives a restart. */
  dailyEnergyStore?: DocumentStore;
  /** IANA name of the home's time zone, for a Home Assistant that does not tell its own. */
  timeZone?: string;
  /** Told of every request, for counting: `states`, `config`, ... */
  onRequest?(operation: string): void;
}

const DEFAULT_STALE_AFTER_S = 15 * 60;
const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Home Assistant as a meter. Throws `MeterError` (`configuration`) where address or token are missing or wrong. */
export function createHomeAssistantMeter(options: HomeAssistantMeterOptions): HomeAssistantMeter {
  return new HomeAssistantMeter(options);
}

/** Reads what the home draws from a running Home Assistant: one request for everything, sources found by itself. */
export class HomeAssistantMeter implements MeterAdapter, StreamingMeter, HistoricalMeter, DescribesSources {
  readonly meterType = 'home_assistant';
  readonly meterId: string;
  readonly historyLimits = HISTORY_LIMITS;
  private readonly clock: Clock;
  private readonly rest: HomeAssistantRestClient;
  private readonly connector: HomeAssistantConnector;
  private readonly keeper: ContextKeeper;
  private readonly dailyEnergy: DailyEnergyKeeper;
  private readonly history: HistoryReader;
  private readonly ownAgent: Agent;
  private plan: SourcePlan | undefined;
  /** Ends the stream of the plan before. */
  private replan = new AbortController();

  constructor(private readonly options: HomeAssistantMeterOptions) {
    const { webSocketUrl, restUrl, token } = resolveAccess(options);
    this.meterId = options.meterId;
    this.clock = options.clock ?? systemClock;
    this.ownAgent = new Agent();
    this.rest = new HomeAssistantRestClient({
      restUrl,
      token,
      http: new HttpClient({
        peer: 'Home Assistant',
        clock: this.clock,
        dispatcher: options.dispatcher ?? this.ownAgent,
        maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
        ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
        onRequest: (_method, { pathname }) => options.onRequest?.(pathname.split('/').at(-1) || 'ping'),
      }),
    });
    this.connector = new HomeAssistantConnector({ webSocketUrl, token, clock: this.clock });
    this.keeper = new ContextKeeper(this.connector, this.clock);
    this.dailyEnergy = new DailyEnergyKeeper({
      clock: this.clock,
      store: options.dailyEnergyStore,
      timeZone: async (signal) => this.timeZoneOf(await this.rest.configIfOffered(signal)),
      statesAt: (entityIds, at, signal) =>
        this.connector.use((connection) => statesAt(connection, entityIds, at, signal), signal),
    });
    this.history = new HistoryReader({
      connector: this.connector,
      clock: this.clock,
      planSources: (connection, signal) => this.pastSources(connection, signal),
    });
  }

  async testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    try {
      await this.rest.ping(signal);
      const config = await this.rest.configIfOffered(signal);
      expectRunning(config);
      const { states, malformed } = await this.rest.states(signal);
      await this.keeper.refreshIfDue(signal);
      const plan = planSources({ ...this.keeper.context, states }, this.options);
      return {
        ok: true,
        detail: `${nameOf(config)}: ${states.length} entities; ${planSummary(plan)}`,
        warnings: [...this.contextWarnings(), ...planWarnings(plan), ...malformedWarning(malformed)],
      };
    } catch (error) {
      signal.throwIfAborted();
      const meterError = toMeterError(error, 'testing the connection to Home Assistant');
      return { ok: false, detail: meterError.message, error: meterError };
    }
  }

  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    const askedAt = this.clock.now();
    const { states, malformed, answeredAt } = await this.rest.states(signal);
    const byId = new Map(states.map((state) => [state.entityId, state]));
    const stateOf = (entityId: string) => byId.get(entityId);
    const plan = await this.planFor(states, signal);
    const energyWarnings = await this.dailyEnergy.open(plan, signal);
    this.dailyEnergy.observe(
      [...energyCounters(plan)].flatMap((entityId) => stateOf(entityId) ?? []),
      answeredAt,
    );
    energyWarnings.push(...(await this.dailyEnergy.settle(plan, answeredAt, signal)));
    const reading = fullReading(plan, stateOf, {
      meterId: this.meterId,
      observedAt: polledInstant(states, askedAt, answeredAt),
      averagedOverS: 0,
      provenance: 'live',
      dailyKwhOf: (entityId) => this.dailyEnergy.dailyKwh(entityId, answeredAt),
    });
    const unknown = { totalPowerW: hasNoPowerSensor(plan) ? 0 : null, dailyKwh: null };
    return {
      reading: { ...unknown, ...reading },
      warnings: [
        ...this.contextWarnings(),
        ...planWarnings(plan),
        ...sensorWarnings(plan, byId),
        ...malformedWarning(malformed),
        ...energyWarnings,
      ],
      stale: staleSources(plan, byId, answeredAt, this.options.staleAfterS ?? DEFAULT_STALE_AFTER_S),
    };
  }

  async stream(listener: StreamListener, signal: AbortSignal): Promise<void> {
    this.replan = new AbortController();
    const during = AbortSignal.any([signal, this.replan.signal]);
    await streamChanges(
      {
        connector: this.connector,
        clock: this.clock,
        planSources: (connection, planning) => this.liveSources(connection, planning),
      },
      listener,
      during,
    );
    if (!signal.aborted) throw this.replan.signal.reason;
  }

  fetchHistory(range: TimeRange, signal: AbortSignal): AsyncIterable<HistoryChunk> {
    return this.history.fetchHistory(range, signal);
  }

  /** What the home draws beyond its top-level circuits, W, by a reading that this meter has polled; null = unknown. */
  untrackedPowerW(reading: MeterReading): number | null {
    return this.plan ? untrackedPowerW(this.plan, reading) : null;
  }

  async describeSources(signal: AbortSignal): Promise<SourceDescription[]> {
    const { states } = await this.rest.states(signal);
    await this.keeper.refreshIfDue(signal);
    return [...planSources({ ...this.keeper.context, states }, this.options).descriptions];
  }

  async close(): Promise<void> {
    if (!this.ownAgent.destroyed) await this.ownAgent.destroy();
  }

  /**
   * The plan for these states. A Home Assistant that is starting has not loaded every sensor yet: what is missing then
   * must not hand the whole home over to another sensor, and no sensor at all must not become 0 W.
   */
  private async planFor(states: EntityState[], signal: AbortSignal): Promise<SourcePlan> {
    await this.keeper.refreshIfDue(signal);
    const plan = planSources({ ...this.keeper.context, states }, this.options);
    const isChanged = this.plan !== undefined && fingerprint(this.plan) !== fingerprint(plan);
    if (hasNoPowerSensor(plan) || isChanged) expectRunning(await this.rest.configIfOffered(signal));
    if (isChanged) {
      this.replan.abort(
        new MeterError('unavailable', 'Home Assistant has other sensors now: following those'),
      );
    }
    this.plan = plan;
    return plan;
  }

  private async liveSources(
    connection: HomeAssistantConnection,
    signal: AbortSignal,
  ): Promise<FollowedSources> {
    const { plan } = await this.planOver(connection, signal);
    await this.dailyEnergy.open(plan, signal);
    this.plan = plan;
    return {
      entityIds: plannedEntityIds(plan),
      toReading: (change) => this.liveReading(plan, change),
    };
  }

  private async pastSources(
    connection: HomeAssistantConnection,
    signal: AbortSignal,
  ): Promise<FollowedSources> {
    const { plan, states, config } = await this.planOver(connection, signal);
    const toReading = pastReadings(plan, states, {
      meterId: this.meterId,
      timeZone: this.timeZoneOf(config),
    });
    return { entityIds: plannedEntityIds(plan), toReading };
  }

  /** A plan from what Home Assistant says now, over a connection that is open anyway. */
  private async planOver(
    connection: HomeAssistantConnection,
    signal: AbortSignal,
  ): Promise<{ plan: SourcePlan; states: EntityState[]; config: HomeAssistantConfig }> {
    const [configAnswer, statesAnswer, context] = await Promise.all([
      connection.command('get_config', {}, { signal }),
      connection.command('get_states', {}, { signal }),
      readHomeContext(connection, signal),
    ]);
    const config = parseConfig(configAnswer);
    expectRunning(config);
    this.keeper.update(context);
    const { states } = parseStates(statesAnswer);
    return { plan: planSources({ ...context, states }, this.options), states, config };
  }

  private liveReading(plan: SourcePlan, change: StateChange): MeterReading | null {
    const { at, states, changedEntityIds, averagedOverS } = change;
    const stateOf = (entityId: string) => states.get(entityId);
    const counters = countersToObserve(plan, changedEntityIds);
    this.dailyEnergy.observe(
      [...counters].flatMap((entityId) => stateOf(entityId) ?? []),
      at,
    );
    return changedReading(plan, stateOf, changedEntityIds, {
      meterId: this.meterId,
      observedAt: at,
      averagedOverS,
      provenance: 'live',
      dailyKwhOf: (entityId) => this.dailyEnergy.dailyKwh(entityId, at),
    });
  }

  private timeZoneOf(config: HomeAssistantConfig | undefined): string {
    const timeZone = config?.timeZone ?? this.options.timeZone;
    if (timeZone !== undefined && IANAZone.isValidZone(timeZone)) return timeZone;
    throw new MeterError('malformed_response', 'config.time_zone: expected the name of a time zone');
  }

  private contextWarnings(): string[] {
    const { failure } = this.keeper;
    const consequence =
      'registries and energy dashboard are not known, sensors are chosen by name and class alone';
    return failure === undefined ? [] : [`${consequence}: ${failure}`];
  }
}

function expectRunning(config: HomeAssistantConfig | undefined): void {
  if (config === undefined || config.state === 'RUNNING') return;
  throw new MeterError('unavailable', `Home Assistant is not up yet or going down (${config.state})`);
}

function nameOf(config: HomeAssistantConfig | undefined): string {
  return config ? `Home Assistant ${config.version} "${config.locationName}"` : 'Home Assistant';
}

/** What a plan reads, in a form that compares. */
function fingerprint({ home, grid, solar, battery, dailyEnergy, circuits }: SourcePlan): string {
  return JSON.stringify(
    [home, grid, solar, battery, dailyEnergy, circuits].map((part) =>
      part.map((item) => JSON.stringify(item)).sort(),
    ),
  );
}

function malformedWarning(malformed: number): string[] {
  return malformed === 0 ? [] : [`${malformed} entities of Home Assistant could not be understood`];
}
