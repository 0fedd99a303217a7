import { Activation, Appliance } from './appliance';
import { buildAppliances } from './appliances/catalogue';
import {
  batteryDay,
  BatteryDay,
  BatteryModel,
  fullChargeWs,
  isFirstDayOfBatteryWeek,
  stateOfChargePercent,
} from './battery';
import { DayScript, writeDayScript } from './day-script';
import { distractorEntities } from './distractors';
import { EventOptions, eventsOfDay, MAX_LATENCY_S } from './home-events';
import {
  addEnergies,
  balanceGrid,
  circuitIds,
  circuitNames,
  Consumption,
  EnergiesWs,
  HomeDay,
  noEnergy,
  sumEnergies,
  sumOfAppliances,
} from './home-day';
import { LocalDay } from './local-day';
import { LruCache } from './lru-cache';
import { Random } from './random';
import { solarSeries } from './solar';
import { StepSeries } from './step-series';
import { Trace } from './trace';
import {
  CircuitDefinition,
  HomeEntity,
  HomeEntityState,
  HomeEvent,
  Household,
  HouseholdEnergy,
  HouseholdOptions,
  HouseholdPower,
} from './types';

const CACHED_DAYS = 16;
const CACHED_DAY_TOTALS = 2000;
const WS_PER_KWH = 3_600_000;

/** Builds a home. Throws RangeError for a time zone that does not exist. */
export function createHousehold(options: HouseholdOptions): Household {
  return new SimulatedHousehold(options);
}

interface DayPlan {
  readonly script: DayScript;
  readonly activations: readonly (readonly Activation[])[];
}

class SimulatedHousehold implements Household {
  readonly timeZone: string;
  readonly circuits: readonly CircuitDefinition[];
  readonly entities: readonly HomeEntity[];
  private readonly seed: number | string;
  private readonly appliances: readonly Appliance[];
  private readonly solarPeakW: number | null;
  private readonly battery: BatteryModel | null;
  private readonly eventOptions: EventOptions;
  private readonly plans = new LruCache<DayPlan>(CACHED_DAYS);
  private readonly consumptions = new LruCache<Consumption>(CACHED_DAYS);
  private readonly batteryDays = new LruCache<BatteryDay>(CACHED_DAYS);
  private readonly days = new LruCache<HomeDay>(CACHED_DAYS);
  private readonly dayTotals = new LruCache<EnergiesWs>(CACHED_DAY_TOTALS);
  private current: HomeDay | null = null;
  /** Finding the local day of an instant costs more than most questions about it. */
  private lastLocalDay: LocalDay | null = null;

  constructor(options: HouseholdOptions) {
    const { seed, heatPump = false, ev = false, hiddenLoadShare = 0 } = options;
    this.seed = seed;
    this.timeZone = options.timeZone ?? 'Europe/Berlin';
    LocalDay.containing(0, this.timeZone);
    this.appliances = buildAppliances({ seed, heatPump, ev, hiddenLoadShare });
    const sizes = Random.from(seed, 'energy system');
    const solarPeakW = Math.round(sizes.uniform(4000, 9500));
    const capacityKwh = Math.round(sizes.uniform(5, 13));
    this.solarPeakW = options.solar === true ? solarPeakW : null;
    this.battery = options.battery === true ? { capacityKwh, maxPowerW: 450 * capacityKwh } : null;
    this.eventOptions = {
      seed,
      latencyScale: options.eventLatencyScale ?? 1,
      distractorRatio: options.distractorRatio ?? 1,
    };
    this.circuits = describeCircuits(this.appliances);
    this.entities = describeEntities(this.appliances);
  }

  powerAt(at: Date): HouseholdPower {
    const atS = at.getTime() / 1000;
    const day = this.dayAt(atS);
    const offsetS = atS - day.day.startS;
    const circuits = new Map<string, number>();
    for (const id of circuitIds) circuits.set(id, 0);
    for (let index = 0; index < this.appliances.length; index += 1) {
      const { id, circuitId } = this.appliances[index] as Appliance;
      const powerW = (day.appliances[index] as StepSeries).valueAt(offsetS);
      circuits.set(id, powerW);
      circuits.set(circuitId, (circuits.get(circuitId) ?? 0) + powerW);
    }
    return {
      totalPowerW: day.total.valueAt(offsetS),
      gridPowerW: day.gridImport.valueAt(offsetS) - day.gridExport.valueAt(offsetS),
      solarPowerW: day.solar === null ? null : day.solar.valueAt(offsetS),
      batteryPowerW: day.battery === null ? null : day.battery.power.valueAt(offsetS),
      batteryStateOfChargePercent:
        this.battery === null || day.battery === null
          ? null
          : stateOfChargePercent(this.battery, day.battery, offsetS),
      circuits,
    };
  }

  energyKwhBetween(from: Date, to: Date): HouseholdEnergy {
    const toS = to.getTime() / 1000;
    let atS = from.getTime() / 1000;
    if (!(atS <= toS)) throw new RangeError(`from ${from.toISOString()} is after to ${to.toISOString()}`);
    const energies = noEnergy(this.appliances.length);
    while (atS < toS) {
      const day = this.localDayAt(atS);
      if (atS === day.startS && toS >= day.endS) sumEnergies(energies, this.totalsOf(day));
      else addEnergies(energies, this.homeDay(day), atS - day.startS, Math.min(toS, day.endS) - day.startS);
      atS = day.endS;
    }
    return this.toHouseholdEnergy(energies);
  }

  eventsBetween(from: Date, to: Date): HomeEvent[] {
    const marginMs = 1000 * MAX_LATENCY_S * Math.max(1, this.eventOptions.latencyScale);
    const events: HomeEvent[] = [];
    const endS = (to.getTime() + marginMs) / 1000;
    for (let atS = (from.getTime() - marginMs) / 1000; atS < endS;) {
      const day = this.localDayAt(atS);
      for (const event of this.consumptionOf(day).events) {
        if (event.at >= from && event.at < to) events.push(event);
      }
      atS = day.endS;
    }
    return events.sort((left, right) => left.at.getTime() - right.at.getTime());
  }

  entityStatesAt(at: Date): HomeEntityState[] {
    const dayBefore = this.localDayAt(at.getTime() / 1000).previous;
    const since = new Date(dayBefore.startS * 1000);
    const states = new Map<string, HomeEntityState>();
    for (const { appliance } of this.tracesOf(dayBefore)) {
      if (appliance.control === undefined) continue;
      const { entityId, idleState } = appliance.control;
      states.set(entityId, { entityId, state: idleState, attributes: {}, since });
    }
    for (const { entityId, idle } of distractorEntities) states.set(entityId, { entityId, ...idle, since });
    for (const event of this.eventsBetween(since, new Date(at.getTime() + 1))) {
      const { entityId, state, attributes } = event;
      states.set(entityId, { entityId, state, attributes, since: event.at });
    }
    return [...states.values()];
  }

  private dayAt(atS: number): HomeDay {
    const { current } = this;
    if (current !== null && atS >= current.day.startS && atS < current.day.endS) return current;
    this.current = this.homeDay(this.localDayAt(atS));
    return this.current;
  }

  private localDayAt(atS: number): LocalDay {
    for (const day of [this.lastLocalDay, this.current?.day]) {
      if (day && atS >= day.startS && atS < day.endS) return day;
    }
    this.lastLocalDay = LocalDay.containing(atS, this.timeZone);
    return this.lastLocalDay;
  }

  private homeDay(day: LocalDay): HomeDay {
    return this.days.getOrCreate(day.key, () => balanceGrid(this.consumptionOf(day), this.batteryDayOf(day)));
  }

  private totalsOf(day: LocalDay): EnergiesWs {
    return this.dayTotals.getOrCreate(day.key, () => {
      const totals = noEnergy(this.appliances.length);
      addEnergies(totals, this.homeDay(day), 0, day.endS - day.startS);
      return totals;
    });
  }

  private planOf(day: LocalDay): DayPlan {
    return this.plans.getOrCreate(day.key, () => {
      const script = writeDayScript(day, this.seed);
      const activations = this.appliances.map((appliance) =>
        appliance.plan(script, Random.from(this.seed, appliance.id, day.key)),
      );
      return { script, activations };
    });
  }

  /** What started the day before may still run today. */
  private tracesOf(day: LocalDay): Trace[] {
    const yesterday = this.planOf(day.previous).activations;
    const today = this.planOf(day).activations;
    return this.appliances.map(
      (appliance, index) => new Trace(appliance, [...(yesterday[index] ?? []), ...(today[index] ?? [])]),
    );
  }

  private consumptionOf(day: LocalDay): Consumption {
    return this.consumptions.getOrCreate(day.key, () => {
      const traces = this.tracesOf(day);
      const { script } = this.planOf(day);
      const { solarPeakW } = this;
      const random = Random.from(this.seed, 'clouds', day.key);
      return {
        day,
        ...sumOfAppliances(traces, day),
        solar: solarPeakW === null ? null : solarSeries(script, random, solarPeakW),
        events: eventsOfDay(traces, script, this.eventOptions),
      };
    });
  }

  /** A battery's day starts where the day before left it, back to the week's known full charge. */
  private batteryDayOf(day: LocalDay): BatteryDay | null {
    const { battery } = this;
    if (battery === null) return null;
    return this.batteryDays.getOrCreate(day.key, () => {
      const startChargeWs = isFirstDayOfBatteryWeek(day)
        ? fullChargeWs(battery)
        : (this.batteryDayOf(day.previous)?.chargesWs.at(-1) ?? 0);
      const { total, solar } = this.consumptionOf(day);
      return batteryDay(battery, day, total, solar ?? StepSeries.constant(0, total.lengthS), startChargeWs);
    });
  }

  private toHouseholdEnergy(energies: EnergiesWs): HouseholdEnergy {
    const circuits = new Map<string, number>();
    for (const id of circuitIds) circuits.set(id, 0);
    let totalWs = 0;
    this.appliances.forEach(({ id, circuitId }, index) => {
      const energyWs = energies.appliances[index] ?? 0;
      totalWs += energyWs;
      circuits.set(id, energyWs / WS_PER_KWH);
      circuits.set(circuitId, (circuits.get(circuitId) ?? 0) + energyWs / WS_PER_KWH);
    });
    return {
      totalKwh: totalWs / WS_PER_KWH,
      gridImportKwh: energies.gridImport / WS_PER_KWH,
      gridExportKwh: energies.gridExport / WS_PER_KWH,
      solarKwh: this.solarPeakW === null ? null : energies.solar / WS_PER_KWH,
      batteryChargeKwh: this.battery === null ? null : energies.batteryCharge / WS_PER_KWH,
      batteryDischargeKwh: this.battery === null ? null : energies.batteryDischarge / WS_PER_KWH,
      circuits,
    };
  }
}

function describeCircuits(appliances: readonly Appliance[]): CircuitDefinition[] {
  const topLevel = circuitIds.map((id) => ({
    id: id as string,
    name: circuitNames[id],
    parentId: null,
    area: circuitNames[id],
    applianceIds: appliances.filter(({ circuitId }) => circuitId === id).map((appliance) => appliance.id),
  }));
  const children = appliances.map(({ id, name, circuitId, area }) => ({
    id,
    name,
    parentId: circuitId,
    area,
    applianceIds: [],
  }));
  return [...topLevel, ...children];
}

function describeEntities(appliances: readonly Appliance[]): HomeEntity[] {
  const controls = appliances.flatMap(({ control, name, area, id }) => {
    if (control === undefined) return [];
    const { entityId } = control;
    return [{ entityId, domain: entityId.slice(0, entityId.indexOf('.')), name, area, circuitId: id }];
  });
  const innocent = distractorEntities.map(({ entityId, domain, name, area, circuitId }) => ({
    entityId,
    domain,
    name,
    area,
    circuitId,
  }));
  return [...controls, ...innocent];
}
