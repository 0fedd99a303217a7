import { DayScript } from './day-script';
import { Random } from './random';
import { EntityAttributes, HomeEntity, HomeEvent } from './types';

interface DistractorEntity extends HomeEntity {
  readonly idle: Appearance;
  readonly active: Appearance;
}

interface Appearance {
  readonly state: string;
  readonly attributes: EntityAttributes;
}

function distractor(
  entityId: string,
  name: string,
  area: string,
  idle: Appearance,
  active: Appearance,
): DistractorEntity {
  const domain = entityId.slice(0, entityId.indexOf('.'));
  return { entityId, domain, name, area, circuitId: null, idle, active };
}

const off = { state: 'off', attributes: {} };
const on = { state: 'on', attributes: {} };
const open = { state: 'open', attributes: { current_position: 100 } };
const closed = { state: 'closed', attributes: { current_position: 0 } };
const radiatorAt = (temperature: number): Appearance => ({ state: 'heat', attributes: { temperature } });

/** Entities whose changes draw no mains power: virtual switches, battery devices, water radiators. */
export const distractorEntities: readonly DistractorEntity[] = [
  distractor('switch.guest_mode', 'Guest mode', 'Hallway', off, on),
  distractor('switch.night_mode', 'Night mode', 'Hallway', off, on),
  distractor('switch.garden_valve', 'Garden valve', 'Garden', off, on),
  distractor('cover.living_room_blind', 'Living room blind', 'Living Room', open, closed),
  distractor('cover.bedroom_blind', 'Bedroom blind', 'Bedroom', open, closed),
  distractor('light.balcony_solar', 'Balcony solar light', 'Garden', off, on),
  distractor('climate.bathroom_radiator', 'Bathroom radiator', 'Bathroom', radiatorAt(19), radiatorAt(22)),
  distractor('climate.office_radiator', 'Office radiator', 'Office', radiatorAt(18), radiatorAt(21)),
];

const MIN_GAP_MS = 2000;

/**
 * Innocent events of one day: half at any waking time, half within 8 s of a real event. Each entity returns to idle
 * before midnight, so that days join up. A tenth are attribute-only updates of real lamps that are on.
 */
export function distractorEvents(
  caused: readonly HomeEvent[],
  script: DayScript,
  random: Random,
  ratio: number,
): HomeEvent[] {
  const count = Math.round(caused.length * ratio);
  const times = Array.from({ length: count }, (_, index) => {
    const near = index % 2 === 0 ? caused[random.integer(0, caused.length - 1)] : undefined;
    if (near !== undefined) return near.at.getTime() + random.uniform(-8000, 8000);
    return random.uniform(script.wakeS, script.sleepS) * 1000;
  });
  const bounded = times.map((timeMs) =>
    Math.round(Math.min(Math.max(timeMs, script.day.startS * 1000), script.day.endS * 1000 - 1)),
  );

  const events: HomeEvent[] = [];
  const toggles = new Map<DistractorEntity, number[]>();
  for (const timeMs of bounded.sort((left, right) => left - right)) {
    const update = random.chance(0.1) ? lampUpdate(caused, timeMs, random) : null;
    if (update !== null) {
      events.push(update);
      continue;
    }
    const entity = random.pick(distractorEntities);
    const earlier = toggles.get(entity) ?? [];
    if (timeMs - (earlier.at(-1) ?? 0) >= MIN_GAP_MS) toggles.set(entity, [...earlier, timeMs]);
  }
  for (const [entity, togglesMs] of toggles) {
    const paired = togglesMs.slice(0, togglesMs.length & ~1);
    paired.forEach((timeMs, index) => events.push(toggleEvent(entity, timeMs, index % 2 === 0)));
  }
  return events;
}

function toggleEvent(entity: DistractorEntity, timeMs: number, activates: boolean): HomeEvent {
  const { entityId, domain } = entity;
  const [before, after] = activates ? [entity.idle, entity.active] : [entity.active, entity.idle];
  return {
    at: new Date(timeMs),
    entityId,
    domain,
    state: after.state,
    previousState: before.state,
    attributes: after.attributes,
    truth: innocent(timeMs),
  };
}

/** A new colour temperature for a lamp that is on: the same state, the same watts. */
function lampUpdate(caused: readonly HomeEvent[], timeMs: number, random: Random): HomeEvent | null {
  const latest = new Map<string, HomeEvent>();
  for (const event of caused) {
    const known = latest.get(event.entityId)?.at.getTime() ?? Number.NEGATIVE_INFINITY;
    const atMs = event.at.getTime();
    if (event.domain === 'light' && atMs < timeMs && atMs > known) latest.set(event.entityId, event);
  }
  const lit = [...latest.values()].filter((event) => event.state === 'on');
  if (lit.length === 0) return null;
  const lamp = random.pick(lit);
  return {
    at: new Date(timeMs),
    entityId: lamp.entityId,
    domain: lamp.domain,
    state: lamp.state,
    previousState: lamp.state,
    attributes: { ...lamp.attributes, color_temp_kelvin: random.integer(2200, 6500) },
    truth: innocent(timeMs),
  };
}

function innocent(timeMs: number): HomeEvent['truth'] {
  return { circuitId: null, powerDeltaW: 0, settledPowerDeltaW: 0, transitionAt: new Date(timeMs) };
}
