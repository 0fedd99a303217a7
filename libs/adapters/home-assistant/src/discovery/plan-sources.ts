import { findCircuits } from './circuits';
import { EnergyFlow } from './energy-prefs';
import { findFlow, Flow, vendorFlow } from './flows';
import { HomeSnapshot, SourceOverrides } from './snapshot';
import { EnergyTerm, PowerTerm, SourcePlan } from './source-plan';
import { objectId } from './power-candidates';
import { Survey } from './survey';
import { vendorMatch } from './vendor-rules';

/** Names that people give the whole home's power, best first. */
export const WHOLE_HOME_NAMES = [
  'sensor.total_power',
  'sensor.power_total',
  'sensor.home_power',
  'sensor.power_consumption',
] as const;

/** Names that people give the energy since midnight, best first. */
export const DAILY_ENERGY_NAMES = [
  'sensor.daily_energy',
  'sensor.energy_daily',
  'sensor.energy_today',
] as const;

/** `sourceId` of what is computed from several sensors. */
export const COMPUTED_HOME = 'computed:home';

const ROLE_ORDER = ['home', 'daily_energy', 'grid', 'solar', 'battery', 'circuit', 'none'] as const;

/**
 * Which entity is read for what, and why: what the user names wins, then what the owner chose for the energy
 * dashboard, then names, then what integrations are known to offer, then classes and units. Pure.
 */
export function planSources(snapshot: HomeSnapshot, overrides: SourceOverrides = {}): SourcePlan {
  const survey = new Survey(snapshot, overrides);
  const overridden = overriddenHome(survey, overrides);
  const dailyEnergyOverride = overriddenEnergy(survey, overrides);
  const flows = {
    grid: findFlow(survey, 'grid'),
    solar: findFlow(survey, 'solar'),
    battery: findFlow(survey, 'battery'),
  };
  const home = overridden ?? namedHome(survey) ?? offeredHome(survey, flows);
  passOverOtherTotals(survey);
  const circuits = findCircuits(survey);
  const dailyEnergy =
    dailyEnergyOverride ?? namedEnergy(survey) ?? offeredEnergy(survey) ?? flowEnergy(survey);
  if (home.length === 0 && circuits.length > 0) {
    survey.warnings.push(
      `no sensor says what the whole home draws (looked for ${WHOLE_HOME_NAMES.join(', ')} and the energy dashboard): name it in the configuration`,
    );
  }
  return {
    home,
    grid: flows.grid.terms,
    solar: flows.solar.terms,
    battery: flows.battery.terms,
    dailyEnergy,
    circuits,
    descriptions: survey
      .descriptions()
      .toSorted((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role)),
    warnings: survey.warnings,
  };
}

function overriddenHome(survey: Survey, { powerEntity }: SourceOverrides): PowerTerm[] | undefined {
  if (!powerEntity) return undefined;
  survey.decide(powerEntity, 'home', 'named by the configuration');
  return [{ entityId: powerEntity, sign: 1 }];
}

function overriddenEnergy(survey: Survey, { energyEntity }: SourceOverrides): EnergyTerm[] | undefined {
  if (!energyEntity) return undefined;
  survey.decide(energyEntity, 'daily_energy', 'named by the configuration');
  return [{ entityId: energyEntity, sign: 1 }];
}

/** A sensor with one of the whole-home names is the whole home, also where it is computed from others. */
function namedHome(survey: Survey): PowerTerm[] | undefined {
  const entityId = WHOLE_HOME_NAMES.find((name) => survey.canBePower(name) && !survey.isDecided(name));
  if (entityId === undefined) return undefined;
  survey.decide(entityId, 'home', 'its name is one of the whole home');
  return [{ entityId, sign: 1 }];
}

/** A total that is not used is still a total, never a circuit. */
function passOverOtherTotals(survey: Survey): void {
  for (const name of WHOLE_HOME_NAMES) {
    if (survey.canBePower(name)) {
      survey.decide(name, 'none', 'another source for the whole home comes before it');
    }
  }
}

function offeredHome(survey: Survey, flows: { grid: Flow; solar: Flow; battery: Flow }): PowerTerm[] {
  const offered = vendorFlow(survey, 'home', false);
  if (offered.terms.length > 0) return offered.terms;
  if (flows.grid.terms.length === 0) flows.grid = vendorFlow(survey, 'grid', true);
  const { grid, solar, battery } = flows;
  if (grid.terms.length === 0) return [];
  for (const [name, flow] of Object.entries({ solar, battery })) {
    if (flow.exists && flow.terms.length === 0) {
      survey.warnings.push(`what the home draws is unknown: it has ${name}, whose power is not known`);
      return [];
    }
  }
  const parts = Object.entries({ grid, solar, battery }).filter(([, flow]) => flow.terms.length > 0);
  survey.decide(
    COMPUTED_HOME,
    'home',
    parts.length === 1
      ? 'the grid: no solar and no battery is known, and no sensor gives the whole home'
      : `${parts.map(([name]) => name).join(' + ')}: no sensor gives the whole home`,
  );
  return parts.flatMap(([, flow]) => flow.terms);
}

function namedEnergy(survey: Survey): EnergyTerm[] | undefined {
  const entityId = DAILY_ENERGY_NAMES.find((name) => survey.canBeEnergy(name));
  if (entityId === undefined) return undefined;
  survey.decide(entityId, 'daily_energy', 'its name is one of the energy since midnight');
  return [{ entityId, sign: 1 }];
}

function offeredEnergy(survey: Survey): EnergyTerm[] | undefined {
  for (const { entityId } of survey.states.values()) {
    if (!entityId.startsWith('sensor.') || !survey.canBeEnergy(entityId)) continue;
    const match = vendorMatch(objectId(entityId), survey.registry.entry(entityId), () => false);
    if (match?.role !== 'daily_energy') continue;
    survey.decide(entityId, 'daily_energy', `${match.vendor}: ${match.what}`);
    return [{ entityId, sign: 1 }];
  }
  return undefined;
}

/** What the home used = import − export + production + discharge − charge, by the energy dashboard's counters. */
function flowEnergy(survey: Survey): EnergyTerm[] {
  const { grid, solar, battery } = survey.prefs;
  if (grid.length === 0) return [];
  const counters = [...grid, ...solar, ...battery].flatMap(counterTerms);
  const terms = [...new Map(counters.map((term) => [term.entityId, term])).values()];
  const lacking = terms.find(({ entityId }) => !survey.canBeEnergy(entityId));
  if (lacking || terms.length === 0) {
    if (lacking) {
      survey.decide(
        lacking.entityId,
        'none',
        lacking.entityId.includes(':')
          ? 'a statistic without an entity: it has no state to read'
          : 'an energy counter of the energy dashboard that does not exist',
      );
    }
    return [];
  }
  for (const { entityId, sign } of terms) {
    survey.decide(
      entityId,
      'daily_energy',
      `counts ${sign === 1 ? 'towards' : 'against'} what the home uses, by the energy dashboard`,
    );
  }
  return terms;
}

function counterTerms({ energyFrom, energyTo }: EnergyFlow): EnergyTerm[] {
  return [
    ...(energyFrom === undefined ? [] : [{ entityId: energyFrom, sign: 1 as const }]),
    ...(energyTo === undefined ? [] : [{ entityId: energyTo, sign: -1 as const }]),
  ];
}
