import { isEnergyUnit, isPowerUnit, SourceDescription, SourceRole } from '@smart-meter/meter-adapter';
import { textAttribute, unitOf } from '../entity-state/entity-state';
import { EnergyPreferences, parseEnergyPreferences } from './energy-prefs';
import { FoundBy, howFound, objectId, whyNotPower, whySetAside } from './power-candidates';
import { Registry, RegistryEntry } from './registry';
import { entityMatcher } from './entity-pattern';
import { HomeSnapshot, SnapshotState, SourceOverrides } from './snapshot';
import { VendorMatch, vendorMatch } from './vendor-rules';

/** A sensor that may be read as power. */
export interface PowerCandidate {
  entityId: string;
  foundBy: FoundBy;
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
    const foundBy = howFound(state);
    const refusal = whyNotPower(state, foundBy);
    if (refusal !== undefined) this.decide(entityId, 'none', refusal);
    if (!foundBy || refusal !== undefined) return undefined;
    const entry = this.registry.entry(entityId);
    const vendor = vendorMatch(objectId(entityId), entry, (id) => this.states.has(`sensor.${id}`));
    return { entityId, foundBy, entry, vendor, setAside: whySetAside(state, entry) };
  }
}
