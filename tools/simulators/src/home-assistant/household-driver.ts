import { HomeEvent, Household } from '@smart-meter/household';
import { DateTime } from 'luxon';
import { Home } from './home';
import { Attributes } from './state-machine';
import {
  energyCountersOf,
  HouseholdCounter,
  HouseholdEntityOptions,
  HouseholdSensor,
  METER_DEVICE_ID,
  powerSensorsOf,
} from './household-entities';

export interface HouseholdDriverOptions extends HouseholdEntityOptions {
  /** How often power sensors are read, default 1 s; the household changes on whole seconds. */
  readonly powerEveryS?: number;
  /** How often energy counters are read, default 10 s. */
  readonly energyEveryS?: number;
  /** Where the household's past begins, default now: what lies between fills the recorder. */
  readonly startAt?: Date;
  /** Zero point of the lifetime counters, default a day before `startAt`. */
  readonly countersSince?: Date;
}

/** A longer leap of the clock is a jump, not time that passed: nothing happened in between. */
export const LONGEST_LEAP_MS = 2 * 86_400_000;
const DAY_S = 86_400;

interface RunningCounter {
  readonly counter: HouseholdCounter;
  value: number;
}

/** Makes the entities of a Home Assistant follow a household, second by second, in event time. */
export class HouseholdDriver {
  private readonly sensors: readonly HouseholdSensor[];
  private readonly counters: readonly RunningCounter[];
  private readonly powerEveryS: number;
  private readonly energyEveryS: number;
  private doneS: number;
  private countedS: number;
  private midnightS = 0;
  private paused = false;

  constructor(
    private readonly household: Household,
    private readonly home: Home,
    options: HouseholdDriverOptions = {},
  ) {
    this.sensors = powerSensorsOf(household, options);
    this.counters = energyCountersOf(household, options).map((counter) => ({ counter, value: 0 }));
    this.powerEveryS = options.powerEveryS ?? 1;
    this.energyEveryS = options.energyEveryS ?? 10;
    this.doneS = Math.floor((options.startAt?.getTime() ?? home.nowMs()) / 1000);
    this.countedS = Math.floor((options.countersSince?.getTime() ?? (this.doneS - DAY_S) * 1000) / 1000);
    this.register();
    this.writeInitialStates();
  }

  /** Stops following for a while, as when the integration has lost its devices. */
  setPaused(paused: boolean): void {
    this.paused = paused;
  }

  /** The last second that was lived. */
  get doneUntil(): Date {
    return new Date(this.doneS * 1000);
  }

  /** Lets the household live up to the instant; after a clock that went back it goes on from there. */
  advanceTo(at: Date): void {
    const untilS = Math.floor(at.getTime() / 1000);
    if (untilS <= this.doneS) {
      if (untilS < this.doneS - 1) this.doneS = untilS;
      return;
    }
    const leaps = (untilS - this.doneS) * 1000 > LONGEST_LEAP_MS;
    const fromS = leaps ? untilS - 1 : this.doneS;
    if (leaps) this.countedS = fromS;
    this.doneS = untilS;
    if (this.paused) return;
    const events = this.household.eventsBetween(new Date(fromS * 1000 + 1), new Date(untilS * 1000 + 1));
    let next = 0;
    for (let second = fromS + 1; second <= untilS; second += 1) {
      for (
        let event = events[next];
        event !== undefined && event.at.getTime() <= second * 1000;
        event = events[next]
      ) {
        this.writeEvent(event);
        next += 1;
      }
      if (second % this.powerEveryS === 0) this.writePowers(second);
      if (second % this.energyEveryS === 0) this.writeEnergies(second);
    }
  }

  private register(): void {
    const { registry } = this.home;
    registry.addFloor('ground', 'Ground floor', 0);
    const meter = { id: METER_DEVICE_ID, name: 'Home meter', manufacturer: 'Simulated', model: 'Household' };
    registry.addDevice({ ...meter, identifiers: [['simulated', 'meter']] });
    const areas = new Set<string>();
    for (const { area } of [...this.household.circuits, ...this.household.entities]) areas.add(area);
    for (const area of areas) registry.addArea(slug(area), area, 'ground');
    for (const { entityId, name, areaName, deviceId } of [
      ...this.sensors,
      ...this.counters.map(({ counter }) => counter),
    ]) {
      registry.register(entityId, {
        original_name: name,
        device_id: deviceId,
        area_id: areaName === null ? null : slug(areaName),
      });
    }
    for (const { entityId, name, area } of this.household.entities) {
      registry.register(entityId, { original_name: name, area_id: slug(area) });
    }
  }

  private writeInitialStates(): void {
    const at = new Date(this.doneS * 1000);
    const names = new Map(this.household.entities.map(({ entityId, name }) => [entityId, name]));
    for (const { entityId, state, attributes } of this.household.entityStatesAt(at)) {
      const friendlyName = names.get(entityId) ?? entityId;
      this.home.states.set(entityId, state, { ...attributes, friendly_name: friendlyName }, { at });
    }
    this.writePowers(this.doneS);
    this.writeEnergies(this.doneS);
  }

  private writeEvent({ at, entityId, state, attributes }: HomeEvent): void {
    const destination = this.home.destinationOf(entityId);
    if (destination === null) return;
    const name = this.home.states.get(destination)?.attributes.values['friendly_name'] ?? entityId;
    this.home.states.set(destination, state, { ...attributes, friendly_name: name }, { at });
  }

  private writePowers(second: number): void {
    const at = new Date(second * 1000);
    const power = this.household.powerAt(at);
    for (const { entityId, attributes, read } of this.sensors) {
      const value = read(power);
      this.write(entityId, value === null ? 'unknown' : String(Math.round(value * 10) / 10), attributes, at);
    }
  }

  private writeEnergies(second: number): void {
    const at = new Date(second * 1000);
    const midnightS = this.midnightBefore(second);
    const energy = this.household.energyKwhBetween(new Date(Math.min(this.countedS, second) * 1000), at);
    const today = this.household.energyKwhBetween(new Date(midnightS * 1000), at);
    for (const running of this.counters) {
      const { counter } = running;
      const gained = counter.read(counter.resetsDaily ? today : energy);
      if (gained === null) continue;
      running.value = counter.resetsDaily ? gained : running.value + gained;
      this.write(counter.entityId, running.value.toFixed(3), counter.attributes, at);
    }
    this.countedS = second;
  }

  private write(entityId: string, state: string, attributes: Attributes, at: Date): void {
    const destination = this.home.destinationOf(entityId);
    if (destination === null) return;
    const current = this.home.states.get(destination)?.attributes;
    const isRestored = current === undefined || current.values['restored'] === true;
    this.home.states.set(destination, state, isRestored ? attributes : undefined, { at });
  }

  private midnightBefore(second: number): number {
    if (second >= this.midnightS && second < this.midnightS + 23 * 3600) return this.midnightS;
    const zone = this.household.timeZone;
    this.midnightS = DateTime.fromSeconds(second, { zone }).startOf('day').toSeconds();
    return this.midnightS;
  }
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(' ', '_');
}
