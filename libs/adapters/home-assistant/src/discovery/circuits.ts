import { DeviceConsumption } from './energy-prefs';
import { devicePower } from './flows';
import { isDerived } from './registry';
import { PlannedCircuit } from './source-plan';
import { objectId } from './power-candidates';
import { PowerCandidate, Survey } from './survey';

interface FoundCircuit {
  entityId: string;
  reason: string;
  device?: DeviceConsumption;
  parentEntityId?: string;
  /** Computed from sensors that may be circuits as well. */
  isDerived?: true;
}

/**
 * The circuits: devices of the energy dashboard, then names, then classes and units, less what is a part or a
 * double of another sensor; or exactly what the user includes.
 */
export function findCircuits(survey: Survey): PlannedCircuit[] {
  const { isIncluded, isExcluded } = survey;
  const found = new Map<string, FoundCircuit>();
  const add = (circuit: FoundCircuit) => {
    const { entityId } = circuit;
    if (found.has(entityId) || survey.isDecided(entityId)) return;
    if (isExcluded(entityId)) survey.decide(entityId, 'none', 'excluded by the configuration');
    else if (isIncluded && !isIncluded(entityId)) {
      survey.decide(entityId, 'none', 'not included by the configuration');
    } else found.set(entityId, circuit);
  };

  for (const circuit of dashboardCircuits(survey)) add(circuit);
  if (isIncluded) {
    for (const { entityId } of survey.states.values()) {
      if (isIncluded(entityId) && survey.canBePower(entityId)) {
        add({ entityId, reason: 'included by the configuration' });
      }
    }
  }
  for (const candidate of survey.powerCandidates.values()) {
    const { entityId, setAside, foundBy, entry } = candidate;
    const phase = phaseOf(survey, candidate);
    if (found.has(entityId) || survey.isDecided(entityId)) continue;
    if (setAside !== undefined) survey.decide(entityId, 'none', setAside);
    else if (isPartOfTheWhole(candidate)) survey.decide(entityId, 'none', whatPart(candidate));
    else if (phase && isWholeHomeRole(survey.roleOf(phase.totalId))) {
      survey.decide(entityId, 'none', `one phase of ${phase.totalId}`);
    } else if (phase) {
      add({ entityId, reason: `one phase of ${phase.totalId}`, parentEntityId: phase.totalId });
    } else if (isDerived(entry)) {
      const reason = `${REASONS[foundBy]}; computed from other sensors (${entry.platform}), so not added up`;
      add({ entityId, reason, isDerived: true });
    } else add({ entityId, reason: REASONS[foundBy] });
  }
  return planned(survey, found);
}

const REASONS: Record<PowerCandidate['foundBy'], string> = {
  name: 'its id starts with sensor.power_',
  class: 'its device class is power',
  unit: 'its unit is one of active power',
};

/** Devices that the owner chose for the energy dashboard; a device without a power sensor is put down as such. */
function dashboardCircuits(survey: Survey): FoundCircuit[] {
  const { devices } = survey.prefs;
  const powers = new Map(devices.map((device) => [device.energy, devicePower(survey, device)]));
  return devices.flatMap((device) => {
    const entityId = powers.get(device.energy);
    if (entityId === undefined) {
      survey.decide(
        device.energy,
        'none',
        'a device of the energy dashboard for which no power sensor is known',
      );
      return [];
    }
    const parentEntityId = parentPower(device, devices, powers);
    return [
      {
        entityId,
        device,
        reason:
          device.rate === entityId
            ? 'a device of the energy dashboard'
            : `belongs to ${device.energy}, a device of the energy dashboard`,
        ...(parentEntityId === undefined ? {} : { parentEntityId }),
      },
    ];
  });
}

/** The nearest device up the tree that can be seen. */
function parentPower(
  device: DeviceConsumption,
  devices: readonly DeviceConsumption[],
  powers: ReadonlyMap<string, string | undefined>,
): string | undefined {
  const own = powers.get(device.energy);
  const above = new Set<string>();
  for (let next = device.includedIn; next !== undefined && !above.has(next);) {
    above.add(next);
    next = devices.find(({ energy }) => energy === next)?.includedIn;
  }
  return [...above].map((energy) => powers.get(energy)).find((power) => power !== undefined && power !== own);
}

function planned(survey: Survey, found: ReadonlyMap<string, FoundCircuit>): PlannedCircuit[] {
  const idOf = (entityId: string) => survey.registry.entry(entityId)?.registryId ?? entityId;
  const hasDashboard = [...found.values()].some(({ device }) => device !== undefined);
  return [...found.values()].map(({ entityId, reason, device, isDerived: isDouble }) => {
    const id = idOf(entityId);
    const parentEntityId = parentOf(entityId, found);
    const hasParent = parentEntityId !== undefined;
    const parent = hasParent ? { parentId: idOf(parentEntityId) } : {};
    survey.decide(entityId, 'circuit', reason, { circuitId: id, ...parent });
    const energy = device && survey.canBeEnergy(device.energy) ? { energyEntityId: device.energy } : {};
    return {
      id,
      entityId,
      isTopLevel: !hasParent && !isDouble && (device !== undefined || !hasDashboard),
      ...parent,
      ...energy,
    };
  });
}

/** The circuit that it is a part of; none where that would make it a part of itself. */
function parentOf(entityId: string, found: ReadonlyMap<string, FoundCircuit>): string | undefined {
  const parentEntityId = found.get(entityId)?.parentEntityId;
  if (parentEntityId === undefined || !found.has(parentEntityId)) return undefined;
  const passed = new Set<string>();
  for (let above: string | undefined = parentEntityId; above !== undefined && !passed.has(above);) {
    if (above === entityId) return undefined;
    passed.add(above);
    above = found.get(above)?.parentEntityId;
  }
  return parentEntityId;
}

function isPartOfTheWhole({ vendor }: PowerCandidate): boolean {
  return vendor !== undefined && !vendor.isGeneralPurpose && vendor.role !== 'circuit';
}

function whatPart({ vendor }: PowerCandidate): string {
  return vendor?.role === 'part'
    ? `${vendor.vendor}: ${vendor.what}`
    : `${vendor?.vendor}: ${vendor?.what}; another source is used for that`;
}

function isWholeHomeRole(role: string | undefined): boolean {
  return role === 'home' || role === 'grid' || role === 'solar' || role === 'battery';
}

/** `phase_a`, `phase_l1`, `channel_a`, `l1`: one of three; `channel_1` is a circuit of its own. */
const PHASE = /(?:^|_)(phase_(?:[abc]|l?[123])|channel_[abc]|l[123])(?=_|$)/;

/** The sensor that a phase is a part of. */
function phaseOf(
  survey: Survey,
  { entityId, vendor, entry }: PowerCandidate,
): { totalId: string } | undefined {
  if (vendor?.role === 'part' && entry?.deviceId !== undefined) {
    const total = [...survey.powerCandidates.values()].find(
      (other) => other.vendor?.role === 'grid' && other.entry?.deviceId === entry.deviceId,
    );
    if (total) return { totalId: total.entityId };
  }
  const id = objectId(entityId);
  const match = PHASE.exec(id);
  if (!match) return undefined;
  const stem = id.slice(0, match.index);
  const rest = id.slice(match.index + match[0].length);
  const names = stem === '' ? [`total${rest}`] : [`${stem}_total${rest}`, stem + rest, stem, `${stem}_power`];
  const totalId = names
    .map((name) => `sensor.${name}`)
    .find((name) => name !== entityId && survey.powerCandidates.has(name));
  return totalId === undefined ? undefined : { totalId };
}
