import { SimulatorClock } from '../shared';
import { EventBus } from './event-bus';
import { Recorder, RecorderOptions } from './recorder';
import { EntryDetails, Registry, RegistryEntry } from './registry';
import { StateMachine } from './state-machine';
import { StatisticsCompiler } from './statistics';

export type CoreState = 'NOT_RUNNING' | 'STARTING' | 'RUNNING' | 'STOPPING';

/** Energy preferences in the form of the wire, whatever the version; null before any set-up. */
export type EnergyPreferences = Readonly<Record<string, unknown>> | null;

export interface HomeOptions {
  readonly clock: SimulatorClock;
  readonly version: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly recorder?: RecorderOptions;
}

/** All that a Home Assistant knows, without the protocols through which it tells. */
export class Home {
  readonly clock: SimulatorClock;
  readonly bus: EventBus;
  readonly states: StateMachine;
  readonly registry: Registry;
  readonly statistics: StatisticsCompiler;
  readonly recorder: Recorder;
  coreState: CoreState = 'RUNNING';
  energyPreferences: EnergyPreferences = null;
  /** Answered by `energy/info`: generated cost sensors by energy statistic. */
  costSensors: Readonly<Record<string, string>> = {};
  components: readonly string[] = [
    'api',
    'config',
    'energy',
    'history',
    'http',
    'recorder',
    'sensor',
    'websocket_api',
  ];

  private readonly held = new Set<string>();
  private readonly currentIds = new Map<string, string>();

  constructor(readonly options: HomeOptions) {
    this.clock = options.clock;
    this.bus = new EventBus(options.clock);
    this.states = new StateMachine(options.clock);
    this.registry = new Registry(options.clock, this.bus);
    this.statistics = new StatisticsCompiler((period) =>
      this.bus.fire(`recorder_${period}_statistics_generated`, {}),
    );
    this.recorder = new Recorder(this.states, this.statistics, options.recorder);
  }

  nowMs(): number {
    return this.clock.now().getTime();
  }

  /** From now on only tests write the entity; what the household says of it is dropped. */
  hold(entityId: string): void {
    this.held.add(entityId);
  }

  release(entityId: string): void {
    this.held.delete(entityId);
  }

  /** The id under which the household's entity goes now; null while it is held or once it is removed. */
  destinationOf(entityId: string): string | null {
    const current = this.currentIds.get(entityId) ?? entityId;
    return this.held.has(current) ? null : current;
  }

  /** Renames as the registry does: the state goes and comes back under the new id, and its history moves along. */
  rename(entityId: string, newEntityId: string, details: EntryDetails = {}): RegistryEntry {
    const before = this.states.get(entityId);
    this.states.remove(entityId);
    this.recorder.rename(entityId, newEntityId);
    const original = [...this.currentIds].find(([, current]) => current === entityId)?.[0] ?? entityId;
    this.currentIds.set(original, newEntityId);
    if (before !== undefined) this.states.set(newEntityId, before.state, before.attributes.values);
    this.showName(newEntityId, entityId, details);
    return this.registry.update(entityId, { ...details, entity_id: newEntityId });
  }

  /** Changes a registry entry; a new name shows in the state. */
  updateEntry(entityId: string, details: EntryDetails): RegistryEntry {
    this.showName(entityId, entityId, details);
    return this.registry.update(entityId, details);
  }

  remove(entityId: string): void {
    this.hold(entityId);
    this.states.remove(entityId);
    this.registry.remove(entityId);
  }

  /** What `/api/config` and `get_config` answer. */
  config(): Readonly<Record<string, unknown>> {
    const { currency, timeZone, version } = this.options;
    return {
      allowlist_external_dirs: ['/media'],
      allowlist_external_urls: [],
      components: this.components,
      config_dir: '/config',
      config_source: 'storage',
      country: 'DE',
      currency,
      debug: false,
      elevation: 0,
      external_url: null,
      internal_url: null,
      language: 'en',
      latitude: 52.5,
      location_name: 'Simulated home',
      longitude: 13.4,
      radius: 100,
      recovery_mode: false,
      safe_mode: false,
      state: this.coreState,
      time_zone: timeZone,
      unit_system: {
        length: 'km',
        accumulated_precipitation: 'mm',
        area: 'm²',
        mass: 'g',
        pressure: 'Pa',
        temperature: '°C',
        volume: 'L',
        wind_speed: 'm/s',
      },
      version,
      whitelist_external_dirs: ['/media'],
    };
  }

  private showName(entityId: string, registeredId: string, { name }: EntryDetails): void {
    const state = this.states.get(entityId);
    if (name === undefined || state === undefined) return;
    const shown = name ?? this.registry.get(registeredId)?.original_name ?? entityId;
    this.states.set(entityId, state.state, { ...state.attributes.values, friendly_name: shown });
  }
}
