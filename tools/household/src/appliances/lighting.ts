import { Activation, Appliance, CircuitId, Step } from '../appliance';
import { DayScript, isDark, Room, Stay } from '../day-script';
import { Random } from '../random';

interface LampModel {
  readonly id: string;
  readonly name: string;
  readonly room: Room;
  readonly circuitId: CircuitId;
  readonly area: string;
  readonly fullW: number;
  readonly dimmable: boolean;
  /** How often somebody in the room has it on. */
  readonly usage: number;
}

const FULL_BRIGHTNESS = 255;
const FILM_BRIGHTNESS = 64;

/** A driver draws a little at any level; above that the power follows the light. */
function dimmedPowerW(fullW: number, brightness: number): number {
  return fullW * (0.07 + 0.93 * (brightness / FULL_BRIGHTNESS) ** 1.15);
}

/** How long after the stay the lamp goes off; a film's own lights follow at once, and cut this short. */
function lingering(stay: Stay, script: DayScript, random: Random): number {
  if (stay.endS === script.filmS) return 5;
  return stay.endedByScene ? random.integer(0, 2) : random.integer(-120, 60);
}

/** A lamp that is on while its room is used in the dark, dimmed to a habitual level where it can be. */
export function lamp(model: LampModel): Appliance {
  const { id, name, circuitId, area, fullW } = model;
  const lit = (durationS: number, brightness: number): Step => ({
    durationS,
    powerW: dimmedPowerW(fullW, brightness),
    state: 'on',
    attributes: model.dimmable ? { brightness } : {},
  });

  const litDuring = (stay: Stay, script: DayScript, random: Random): Activation | null => {
    const startS = stay.startS + random.integer(0, stay.startedByScene ? 2 : 150);
    const endS = stay.endS + lingering(stay, script, random);
    const durationS = endS - startS;
    if (durationS < 30 || !isDark(script, startS)) return null;
    if (!model.dimmable) return { startS, steps: [lit(durationS, FULL_BRIGHTNESS)] };
    const isFilm = stay.startS === script.filmS;
    const level = isFilm ? FILM_BRIGHTNESS : random.pick([102, 153, 204, FULL_BRIGHTNESS]);
    if (isFilm || durationS < 2400 || random.chance(0.5)) return { startS, steps: [lit(durationS, level)] };
    const beforeS = random.integer(600, durationS - 600);
    const other = level > 150 ? 77 : FULL_BRIGHTNESS;
    return { startS, steps: [lit(beforeS, level), lit(durationS - beforeS, other)] };
  };

  return {
    id,
    name,
    circuitId,
    area,
    standbyW: model.dimmable ? 0.375 : 0,
    control: { entityId: `light.${id}`, idleState: 'off' },
    plan: (script, random) =>
      (script.stays.get(model.room) ?? []).flatMap((stay) => {
        if (!random.chance(model.usage)) return [];
        const activation = litDuring(stay, script, random);
        return activation === null ? [] : [activation];
      }),
  };
}
