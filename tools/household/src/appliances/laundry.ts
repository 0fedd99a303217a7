import { Activation, Appliance, Step, thermostatSteps, withState } from '../appliance';
import { DayScript } from '../day-script';
import { Random } from '../random';

const WASH_S = 6300;

/** Start of the day's wash: both machines draw it from the day, so that drying follows washing. */
function washStartS(script: DayScript, seed: number | string): number | null {
  const random = Random.from(seed, 'laundry', script.day.key);
  if (!random.chance(script.weekend ? 0.75 : 0.3)) return null;
  return script.weekend
    ? script.wakeS + random.integer(3600, 12_000)
    : script.dinnerS - random.integer(0, 3600);
}

/** The drum turns, rests, and turns back. */
function tumblingSteps(random: Random, durationS: number, turningW: number, restingW: number): Step[] {
  const steps: Step[] = [];
  for (let doneS = 0; doneS < durationS; doneS += 20) {
    steps.push({ durationS: 13, powerW: turningW * random.uniform(0.8, 1.25) });
    steps.push({ durationS: 7, powerW: restingW });
  }
  return steps;
}

export function washingMachine(seed: number | string, heatingW: number): Appliance {
  return {
    id: 'washing_machine',
    name: 'Washing machine',
    circuitId: 'other',
    area: 'Utility Room',
    standbyW: 0.5,
    control: { entityId: 'switch.washing_machine', idleState: 'off' },
    plan: (script, random) => {
      const startS = washStartS(script, seed);
      if (startS === null) return [];
      const warm = random.pick([0.6, 1, 1.6]);
      const steps: Step[] = [
        { durationS: 120, powerW: 8 },
        ...tumblingSteps(random, 240, 110, 6),
        ...thermostatSteps(random, Math.round(900 * warm), heatingW, 90, Math.round(620 * warm), 60, 60),
        ...tumblingSteps(random, 2400, 150, 6),
        { durationS: 70, powerW: 35 },
        ...tumblingSteps(random, 900, 140, 6),
        { durationS: 60, powerW: 180 },
        { durationS: 90, powerW: 320 },
        { durationS: 300, powerW: 460 },
        { durationS: 30, powerW: 60 },
        { durationS: 240, powerW: 4 },
      ];
      return [{ startS, steps: withState(steps, 'on') }];
    },
  };
}

export function tumbleDryer(seed: number | string, runningW: number): Appliance {
  return {
    id: 'dryer',
    name: 'Tumble dryer',
    circuitId: 'other',
    area: 'Utility Room',
    standbyW: 0.5,
    control: { entityId: 'switch.dryer', idleState: 'off' },
    plan: (script, random) => {
      const washS = washStartS(script, seed);
      if (washS === null || !random.chance(0.7)) return [];
      const dryingS = random.integer(3000, 5000);
      const steps: Step[] = [
        { durationS: 20, powerW: 240 },
        ...thermostatSteps(random, dryingS, runningW, 230, dryingS - 900, 120, 45),
        { durationS: 480, powerW: 220 },
      ];
      return [{ startS: washS + WASH_S + random.integer(300, 1500), steps: withState(steps, 'on') }];
    },
  };
}

export function iron(heatingW: number): Appliance {
  return {
    id: 'iron',
    name: 'Iron',
    circuitId: 'other',
    area: 'Utility Room',
    standbyW: 0,
    control: { entityId: 'switch.iron', idleState: 'off' },
    plan: (script, random): Activation[] => {
      if (!script.weekend || !random.chance(0.5)) return [];
      const durationS = random.integer(1200, 2700);
      const steps = thermostatSteps(random, durationS, heatingW, 1, 110, 14, 35);
      return [{ startS: script.wakeS + random.integer(10_000, 14_000), steps: withState(steps, 'on') }];
    },
  };
}
