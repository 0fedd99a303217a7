import { DeviceConsumption, EnergyFlow } from './energy-prefs';
import { powerSibling } from './power-sibling';
import { PowerTerm } from './source-plan';
import { PowerCandidate, Survey } from './survey';

export type FlowRole = 'grid' | 'solar' | 'battery';
export type VendorQuantity = FlowRole | 'home';

/** How a quantity is read. */
export interface Flow {
  terms: PowerTerm[];
  /** The owner has one, whether or not its power can be read. */
  exists: boolean;
}

const FLOW_NAMES: Record<VendorQuantity, string> = {
  home: 'whole-home',
  grid: 'grid',
  solar: 'solar',
  battery: 'battery',
};

/** Grid, solar or battery: what the owner chose for the energy dashboard, else what an integration offers. */
export function findFlow(survey: Survey, role: FlowRole): Flow {
  const configured = survey.prefs[role].filter(isMetered);
  if (configured.length === 0) return vendorFlow(survey, role, false);
  const resolved = configured.map((flow) => configuredPower(survey, flow, role));
  const isReadable = resolved.filter(({ terms }) => terms.length > 0).length;
  // The tariffs of one grid connection are flows of their own, and only one of them has the power.
  const isWhole = role === 'grid' ? isReadable > 0 : isReadable === resolved.length;
  if (isWhole) {
    for (const { terms, doubles, why } of resolved) {
      for (const { entityId, sign } of terms) {
        survey.decide(entityId, role, sign === 1 ? why : `${why}; its sign is turned`);
      }
      const into = terms.map(({ entityId }) => entityId).join(' and ');
      for (const double of doubles) survey.decide(double, 'none', `turned into ${into}`);
    }
    return { terms: withoutDoubles(resolved.flatMap(({ terms }) => terms)), exists: true };
  }
  const offered = isReadable === 0 ? vendorFlow(survey, role, false) : undefined;
  if (offered && offered.terms.length > 0) return offered;
  const unreadable = resolved.filter(({ terms }) => terms.length === 0);
  survey.warnings.push(
    `no power sensor is known for the ${FLOW_NAMES[role]} energy ${unreadable
      .map(({ flow }) => flow.energyFrom ?? flow.energyTo)
      .join(', ')} of the energy dashboard: choose one there, or the ${FLOW_NAMES[role]} power stays unknown`,
  );
  for (const { entityId } of resolved.flatMap(({ terms }) => terms)) {
    survey.decide(
      entityId,
      'none',
      `only a part of the ${FLOW_NAMES[role]} power: the rest has no power sensor`,
    );
  }
  return { terms: [], exists: true };
}

/** The best offer of the integrations for a quantity; what else measures it is put down as passed over. */
export function vendorFlow(survey: Survey, role: VendorQuantity, alsoGeneralPurpose: boolean): Flow {
  const offers = [...survey.powerCandidates.values()].filter(
    (candidate) =>
      candidate.vendor?.role === role &&
      !candidate.setAside &&
      !survey.isDecided(candidate.entityId) &&
      (alsoGeneralPurpose || !candidate.vendor.isGeneralPurpose),
  );
  const [best] = offers.toSorted((a, b) => order(a) - order(b));
  if (!best) return { terms: [], exists: false };
  const chosen = offers.filter((offer) => order(offer) === order(best));
  const devices = Map.groupBy(chosen, deviceOf);
  const partsPerDevice = best.vendor?.partsPerDevice;
  const isWhole = [...devices.values()].every(
    (parts) => partsPerDevice === undefined || parts.length === partsPerDevice,
  );
  // Several inverters or batteries add up; of several grid meters nobody knows which one is the mains.
  const isClear = devices.size === 1 || role === 'solar' || role === 'battery';
  if (isWhole && isClear) {
    for (const { entityId, vendor } of chosen) {
      survey.decide(entityId, role, `${vendor?.vendor}: ${vendor?.what}`);
    }
    return {
      terms: chosen.map(({ entityId, vendor }) => ({ entityId, sign: vendor?.sign ?? 1 })),
      exists: true,
    };
  }
  if (!best.vendor?.isGeneralPurpose) {
    survey.warnings.push(
      `several ${best.vendor?.vendor} meters offer the ${FLOW_NAMES[role]} power: name one, or choose it in the energy dashboard`,
    );
    for (const { entityId } of chosen) {
      survey.decide(
        entityId,
        'none',
        `one of several that offer the ${FLOW_NAMES[role]} power; none is preferred`,
      );
    }
  }
  return { terms: [], exists: true };
}

/** The power sensor of a device on the energy dashboard. */
export function devicePower(survey: Survey, device: DeviceConsumption): string | undefined {
  if (device.rate !== undefined && survey.canBePower(device.rate)) return device.rate;
  return powerSibling(survey, device.energy);
}

interface ConfiguredPower {
  flow: EnergyFlow;
  /** Empty where its power cannot be read. */
  terms: PowerTerm[];
  /** Sensors that the terms are made from, or that are made from the terms. */
  doubles: string[];
  why: string;
}

function configuredPower(survey: Survey, flow: EnergyFlow, role: FlowRole): ConfiguredPower {
  const isFree = (entityId: string) => isFreeFor(survey, entityId, role);
  const option = flow.powerOptions.find((terms) =>
    terms.every(({ entityId }) => survey.canBePower(entityId) && isFree(entityId)),
  );
  if (option) {
    const chosen = new Set(option.map(({ entityId }) => entityId));
    const doubles = flow.powerOptions
      .flat()
      .map(({ entityId }) => entityId)
      .filter((entityId) => !chosen.has(entityId) && survey.states.has(entityId));
    return { flow, terms: option, doubles, why: 'chosen in the energy dashboard' };
  }
  const counter = flow.energyFrom ?? flow.energyTo;
  if (counter === undefined) return { flow, terms: [], doubles: [], why: '' };
  const deviceId = survey.registry.entry(counter)?.deviceId;
  const offered = [...survey.powerCandidates.values()].filter(
    ({ entityId, vendor, entry, setAside }) =>
      isFree(entityId) &&
      vendor?.role === role &&
      !setAside &&
      deviceId !== undefined &&
      entry?.deviceId === deviceId,
  );
  if (offered.length > 0) {
    const terms = offered.map(({ entityId, vendor }) => ({ entityId, sign: vendor?.sign ?? 1 }));
    return { flow, terms, doubles: [], why: `of the same meter as ${counter} of the energy dashboard` };
  }
  // The sign of a battery's sensor cannot be told from its counters.
  const sibling = role === 'battery' ? undefined : powerSibling(survey, counter);
  const sign = role === 'solar' && countsReturned(survey, counter) ? -1 : 1;
  return {
    flow,
    terms: sibling === undefined || !isFree(sibling) ? [] : [{ entityId: sibling, sign }],
    doubles: [],
    why: `belongs to ${counter} of the energy dashboard`,
  };
}

/** A sensor is one thing: what measures the grid does not measure the solar power as well. */
function isFreeFor(survey: Survey, entityId: string, role: FlowRole): boolean {
  const taken = survey.roleOf(entityId);
  return taken === undefined || taken === 'none' || taken === 'home' || taken === role;
}

/** A meter that counts production as returned energy shows it as negative power. */
function countsReturned(survey: Survey, counter: string): boolean {
  const uniqueId = survey.registry.entry(counter)?.uniqueId ?? '';
  return /returned|ret_aenergy|act_ret|power_export/i.test(`${counter} ${uniqueId}`);
}

function isMetered(flow: EnergyFlow): boolean {
  return flow.energyFrom !== undefined || flow.energyTo !== undefined || flow.powerOptions.length > 0;
}

function order({ vendor }: PowerCandidate): number {
  return (vendor?.rank ?? 0) * 2 + (vendor?.isFallback ? 1 : 0);
}

/** Sensors of one meter: of one device, or of one default name. */
function deviceOf({ entry, vendor, entityId }: PowerCandidate): string {
  return entry?.deviceId ?? `${vendor?.platform} ${entityId.match(/_([0-9a-f]{6,})_/)?.[1] ?? ''}`;
}

function withoutDoubles(terms: PowerTerm[]): PowerTerm[] {
  return [...new Map(terms.map((term) => [term.entityId, term])).values()];
}
