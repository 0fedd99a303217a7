import {
  Clock,
  ConnectionTest,
  DescribesSources,
  DocumentStore,
  MeterAdapter,
  MeterError,
  PolledReading,
  SourceDescription,
  systemClock,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { IANAZone } from 'luxon';
import { Agent, Dispatcher } from 'undici';
import { HomeAssistantAddress, parseAddress, SUPERVISOR_ADDRESS } from './address';
import { ContextKeeper } from './context/context-keeper';
import { parseDailyEnergySnapshot } from './daily-energy/daily-energy-snapshot';
import { DailyEnergyTracker } from './daily-energy/daily-energy-tracker';
import { DAILY_ENERGY_NAMES, planSources, WHOLE_HOME_NAMES } from './discovery/plan-sources';
import { SourceOverrides } from './discovery/snapshot';
import { SourcePlan } from './discovery/source-plan';
import { EntityState } from './entity-state/entity-state';
import { sensorWarnings, staleSources } from './reading/observations';
import { fullReading } from './reading/reading';
import { HomeAssistantConnector } from './websocket/connector';
import { HomeAssistantConfig, HomeAssistantRestClient } from './rest/rest-client';

export interface HomeAssistantMeterOptions extends SourceOverrides {
  /** `http://homeassistant.local:8123`; not needed inside a Home Assistant app. */
  url?: string;
  /** A long-lived access token of any user; not needed inside a Home Assistant app. */
  token?: string;
  /** Inside a Home Assistant app: the token that the Supervisor gives it. */
  supervisor?: { token: string };
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
export class HomeAssistantMeter implements MeterAdapter, DescribesSources {
  readonly meterType = 'home_assistant';
  readonly meterId: string;
  private readonly clock: Clock;
  private readonly rest: HomeAssistantRestClient;
  private readonly keeper: ContextKeeper;
  private readonly ownAgent: Agent;
  private plan: SourcePlan | undefined;
  private tracker: DailyEnergyTracker | undefined;

  constructor(private readonly options: HomeAssistantMeterOptions) {
    const { address, token } = addressAndToken(options);
    this.meterId = options.meterId;
    this.clock = options.clock ?? systemClock;
    this.ownAgent = new Agent();
    const { webSocketUrl } = address;
    this.keeper = new ContextKeeper(
      new HomeAssistantConnector({ webSocketUrl, token, clock: this.clock }),
      this.clock,
    );
    this.rest = new HomeAssistantRestClient({
      restUrl: address.restUrl,
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
  }

  async testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    try {
      await this.rest.ping(signal);
      const config = await this.rest.config(signal);
      expectRunning(config);
      const { states, malformed } = await this.rest.states(signal);
      await this.keeper.refreshIfDue(signal);
      const plan = planSources({ ...this.keeper.context, states }, this.options);
      return {
        ok: true,
        detail: `Home Assistant ${config.version} "${config.locationName}": ${states.length} entities; ${summary(plan)}`,
        warnings: [...this.contextWarnings(), ...planWarnings(plan), ...malformedWarning(malformed)],
      };
    } catch (error) {
      signal.throwIfAborted();
      const meterError = toMeterError(error, 'testing the connection to Home Assistant');
      return { ok: false, detail: meterError.message, error: meterError };
    }
  }

  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    const { states, malformed, answeredAt } = await this.rest.states(signal);
    const byId = new Map(states.map((state) => [state.entityId, state]));
    const plan = await this.planFor(states, signal);
    const warnings = [
      ...this.contextWarnings(),
      ...planWarnings(plan),
      ...sensorWarnings(plan, byId),
      ...malformedWarning(malformed),
    ];
    const tracker = await this.countEnergy(plan, byId, answeredAt, warnings, signal);
    const reading = fullReading(plan, (entityId) => byId.get(entityId), {
      meterId: this.meterId,
      observedAt: answeredAt,
      averagedOverS: 0,
      provenance: 'live',
      dailyKwhOf: (entityId) => tracker?.dailyKwh(entityId, answeredAt) ?? null,
    });
    const unknown = { totalPowerW: hasNoPowerSensor(plan) ? 0 : null, dailyKwh: null };
    return {
      reading: { ...unknown, ...reading },
      warnings,
      stale: staleSources(plan, byId, answeredAt, this.options.staleAfterS ?? DEFAULT_STALE_AFTER_S),
    };
  }

  async describeSources(signal: AbortSignal): Promise<SourceDescription[]> {
    const { states } = await this.rest.states(signal);
    await this.keeper.refreshIfDue(signal);
    return [...planSources({ ...this.keeper.context, states }, this.options).descriptions];
  }

  async close(): Promise<void> {
    if (!this.ownAgent.destroyed) await this.ownAgent.destroy();
  }

  private contextWarnings(): string[] {
    const { failure } = this.keeper;
    return failure === undefined
      ? []
      : [
          `registries and energy dashboard are not known, sensors are chosen by name and class alone: ${failure}`,
        ];
  }

  /**
   * The plan for these states. A Home Assistant that is starting has not loaded every sensor yet: what is missing then
   * must not hand the whole home over to another sensor, and no sensor at all must not become 0 W.
   */
  private async planFor(states: EntityState[], signal: AbortSignal): Promise<SourcePlan> {
    await this.keeper.refreshIfDue(signal);
    const plan = planSources({ ...this.keeper.context, states }, this.options);
    const isDoubtful = hasNoPowerSensor(plan) || (this.plan && entityIds(this.plan) !== entityIds(plan));
    if (isDoubtful) expectRunning(await this.rest.config(signal));
    this.plan = plan;
    return plan;
  }

  /** Takes note of the energy counters; undefined where the plan reads none, or today cannot be told. */
  private async countEnergy(
    plan: SourcePlan,
    states: ReadonlyMap<string, EntityState>,
    at: Date,
    warnings: string[],
    signal: AbortSignal,
  ): Promise<DailyEnergyTracker | undefined> {
    const counters = energyCounters(plan);
    if (counters.size === 0) return undefined;
    try {
      this.tracker ??= await this.openTracker(warnings, signal);
    } catch (error) {
      signal.throwIfAborted();
      warnings.push(
        `the energy of today is unknown: ${toMeterError(error, 'asking for the time zone').message}`,
      );
      return undefined;
    }
    for (const entityId of counters) {
      const state = states.get(entityId);
      if (state) this.tracker.observe(state, at);
    }
    try {
      await this.options.dailyEnergyStore?.save(this.tracker.toJSON());
    } catch (error) {
      warnings.push(
        `after a restart the energy of today may be unknown: ${toMeterError(error, 'saving it').message}`,
      );
    }
    return this.tracker;
  }

  private async openTracker(warnings: string[], signal: AbortSignal): Promise<DailyEnergyTracker> {
    const { timeZone } = await this.rest.config(signal);
    if (timeZone === undefined || !IANAZone.isValidZone(timeZone)) {
      throw new MeterError('malformed_response', 'config.time_zone: expected the name of a time zone');
    }
    try {
      const saved = parseDailyEnergySnapshot(await this.options.dailyEnergyStore?.load());
      return new DailyEnergyTracker({ timeZone, saved });
    } catch (error) {
      warnings.push(`the energy of today is counted anew: ${toMeterError(error, 'loading it').message}`);
      return new DailyEnergyTracker({ timeZone });
    }
  }
}

function energyCounters(plan: SourcePlan): Set<string> {
  return new Set([
    ...plan.dailyEnergy.map(({ entityId }) => entityId),
    ...plan.circuits.flatMap(({ energyEntityId }) => energyEntityId ?? []),
  ]);
}

function addressAndToken(options: HomeAssistantMeterOptions): {
  address: HomeAssistantAddress;
  token: string;
} {
  if (options.supervisor) return { address: SUPERVISOR_ADDRESS, token: options.supervisor.token };
  if (!options.url) throw new MeterError('configuration', 'the URL of Home Assistant is missing');
  const token = options.token?.trim();
  if (!token) throw new MeterError('configuration', 'the access token for Home Assistant is missing');
  return { address: parseAddress(options.url), token };
}

function expectRunning({ state }: HomeAssistantConfig): void {
  if (state === 'RUNNING') return;
  throw new MeterError('unavailable', `Home Assistant is not up yet or going down (${state})`);
}

function hasNoPowerSensor(plan: SourcePlan): boolean {
  return [plan.home, plan.grid, plan.solar, plan.battery, plan.circuits].every((found) => found.length === 0);
}

/** The sensors for the whole home, in a form that compares. */
function entityIds(plan: SourcePlan): string {
  return plan.home.map(({ entityId }) => entityId).join();
}

function planWarnings(plan: SourcePlan): string[] {
  if (!hasNoPowerSensor(plan)) return [...plan.warnings];
  return [
    `Home Assistant has no power sensor, so the home is taken as 0 W: looked for ${WHOLE_HOME_NAMES.join(', ')}, ids that start with sensor.power_, the device class power and the units W and kW`,
    ...plan.warnings,
  ];
}

function malformedWarning(malformed: number): string[] {
  return malformed === 0 ? [] : [`${malformed} entities of Home Assistant could not be understood`];
}

function summary(plan: SourcePlan): string {
  const home = plan.home.map(({ entityId }) => entityId).join(' + ') || 'none';
  const energy =
    plan.dailyEnergy.map(({ entityId }) => entityId).join(', ') || `none of ${DAILY_ENERGY_NAMES.join(', ')}`;
  return `whole home: ${home}; daily energy: ${energy}; ${plan.circuits.length} circuits`;
}
