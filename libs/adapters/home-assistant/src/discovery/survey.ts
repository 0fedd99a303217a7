import { isEnergyUnit, isPowerUnit, SourceDescription, SourceRole } from '@smart-meter/meter-adapter';
import { numericState, textAttribute, unitOf } from '../entity-state/entity-state';
import { EnergyPreferences, parseEnergyPreferences } from './energy-prefs';
import { isDerived, Registry, RegistryEntry } from './registry';
import { entityMatcher } from './entity-pattern';
import { HomeSnapshot, SnapshotState, SourceOverrides } from './snapshot';
import { VendorMatch, vendorMatch } from './vendor-rules';

const CIRCUIT_PREFIX = 'sensor.power_';

/** A sensor that may be read as power. */
export interface PowerCandidate {
  entityId: string;
  foundBy: 'name' | 'class' | 'unit';
  entry: RegistryEntry | undefined;
  vendor: VendorMatch | undefined;
  /** Why discovery leaves it alone unless its owner has named it. */
  setAside: string | undefined;
}

/** Everything discovery knows, and the record of what it has decided. */
export class Survey {
  readonly states = new Map<string, SnapshotState>();
  readonly registry: Registry;
  readonly prefs: EnergyPreferences;
  readonly powerCandidates = new Map<string, PowerCandidate>();
  readonly warnings: string[] = [];
  readonly isExcluded: (entityId: string) => boolean;
  /** The user's choice of circuits; undefined = discovery decides. */
  readonly isIncluded: ((entityId: string) => boolean) | undefined;
  private readonly decisions = new Map<string, SourceDescription>();

  constructor(snapshot: HomeSnapshot, { circuitInclude = [], circuitExclude = [] }: SourceOverrides = {}) {
    const patterns = circuitInclude.filter((pattern) => pattern.trim() !== '');
    const isMatched = entityMatcher(patterns);
    this.isExcluded = entityMatcher(circuitExclude);
    this.isIncluded = patterns.length > 0 ? (id) => isMatched(id) && !this.isExcluded(id) : undefined;
    for (const state of snapshot.states) this.states.set(state.entityId, state);
    this.registry = new Registry(snapshot);
    this.prefs = parseEnergyPreferences(snapshot.energyPrefs);
    for (const state of this.states.values()) {
      const candidate = this.powerCandidate(state);
      if (candidate) this.powerCandidates.set(candidate.entityId, candidate);
    }
  }

  /** Power in a unit that can be read, or in none yet: a sensor that is unavailable stays what it is. */
  canBePower(entityId: string): boolean {
    return this.hasUnit(entityId, isPowerUnit);
  }

  canBeEnergy(entityId: string): boolean {
    return this.hasUnit(entityId, isEnergyUnit);
  }

  /**
   * Records a decision; the first role of an entity stands, and outdoes having been passed over.
   * Nothing passes over what the user has included.
   */
  decide(
    entityId: string,
    role: SourceRole,
    reason: string,
    circuit: { circuitId?: string; parentId?: string } = {},
  ): void {
    const before = this.roleOf(entityId);
    if (before !== undefined && (before !== 'none' || role === 'none')) return;
    if (role === 'none' && this.isIncluded?.(entityId) && this.canBePower(entityId)) return;
    const state = this.states.get(entityId);
    const unit = state && unitOf(state);
    const metadata = this.registry.entry(entityId)?.metadata;
    this.decisions.set(entityId, {
      sourceId: entityId,
      name: (state && textAttribute(state.attributes, 'friendly_name')) ?? entityId,
      role,
      reason,
      ...(unit === undefined ? {} : { unit }),
      ...circuit,
      ...(metadata === undefined ? {} : { metadata }),
    });
  }

  isDecided(entityId: string): boolean {
    return this.decisions.has(entityId);
  }

  roleOf(entityId: string): SourceRole | undefined {
    return this.decisions.get(entityId)?.role;
  }

  descriptions(): SourceDescription[] {
    return [...this.decisions.values()];
  }

  private hasUnit(entityId: string, isUnit: (unit: string) => boolean): boolean {
    const state = this.states.get(entityId);
    const unit = state && unitOf(state);
    return state !== undefined && (unit === undefined || isUnit(unit));
  }

  private powerCandidate(state: SnapshotState): PowerCandidate | undefined {
    const { entityId } = state;
    if (!entityId.startsWith('sensor.')) return undefined;
    const unit = unitOf(state);
    const deviceClass = textAttribute(state.attributes, 'device_class');
    const foundBy =
      deviceClass === 'power'
        ? 'class'
        : entityId.startsWith(CIRCUIT_PREFIX)
          ? 'name'
          : deviceClass === undefined && isElectricPowerUnit(unit)
            ? 'unit'
            : undefined;
    if (!foundBy) {
      if (deviceClass === 'apparent_power' || deviceClass === 'reactive_power') {
        this.decide(
          entityId,
          'none',
          `${deviceClass.replace('_', ' ')} (${unit ?? 'no unit'}) is not active power`,
        );
      }
      return undefined;
    }
    if (unit !== undefined && !isPowerUnit(unit)) {
      this.decide(entityId, 'none', `its unit "${unit}" is not one of active power`);
      return undefined;
    }
    if (deviceClass !== undefined && deviceClass !== 'power') {
      this.decide(entityId, 'none', `its device class is ${deviceClass}, not power`);
      return undefined;
    }
    if (unit === undefined && foundBy === 'name' && !mayBecomeNumber(state.state)) {
      this.decide(entityId, 'none', 'it has no unit and its state is no number');
      return undefined;
    }
    const entry = this.registry.entry(entityId);
    const vendor = vendorMatch(objectId(entityId), entry, (id) => this.states.has(`sensor.${id}`));
    return { entityId, foundBy, entry, vendor, setAside: whySetAside(state, entry) };
  }
}

/** `total_power` of `sensor.total_power`. */
export function objectId(entityId: string): string {
  return entityId.slice(entityId.indexOf('.') + 1);
}

/** BTU/h alone mostly is the heat that an air conditioner moves. */
function isElectricPowerUnit(unit: string | undefined): boolean {
  return isPowerUnit(unit) && unit !== 'BTU/h';
}

function mayBecomeNumber(state: string): boolean {
  return (
    numericState(state) !== null ||
    /\d/.test(state) ||
    ['unknown', 'unavailable', 'none', 'nan', ''].includes(state.trim().toLowerCase())
  );
}

const FORECAST_PLATFORMS: ReadonlySet<string> = new Set([
  'forecast_solar',
  'solcast_solar',
  'open_meteo_solar_forecast',
]);
const FORECAST_NAME = /^(power_production_(now|next_|in_)|solcast_pv_forecast_)/;
const RATING_NAME =
  /(^|_)((max|maximum|nominal|rated|peak|available)_power|power_(limit|max|maximum|setpoint|target))$/;

function whySetAside(state: SnapshotState, entry: RegistryEntry | undefined): string | undefined {
  if (entry?.isHidden) return 'its owner has hidden or disabled it';
  if (entry?.category !== undefined) return `it is a ${entry.category} entity`;
  // People define sensors of their own as templates, and by this prefix they say that it is a circuit.
  const isOwnDefinition = entry?.platform === 'template' || state.entityId.startsWith(CIRCUIT_PREFIX);
  if (isDerived(entry) && !isOwnDefinition) {
    return entry.platform === 'powercalc'
      ? 'an estimate by Powercalc, not a measurement'
      : `computed from other sensors (${entry.platform})`;
  }
  const id = objectId(state.entityId);
  if (FORECAST_PLATFORMS.has(entry?.platform ?? '') || (!entry && FORECAST_NAME.test(id))) {
    return 'a forecast, not a measurement';
  }
  if (RATING_NAME.test(id)) return 'by its name a rating or a limit, not a measurement';
  if (state.attributes['type'] === 'Output' && (entry?.platform ?? 'iotawatt') === 'iotawatt') {
    return 'an IoTaWatt output, computed from its inputs';
  }
  return undefined;
}
