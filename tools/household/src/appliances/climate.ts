import { Activation, Appliance, rampSteps, Step, thermostatSteps } from '../appliance';
import { DayScript } from '../day-script';
import { Random } from '../random';

const COMFORT_C = 21;
const STEP_S = 30;

/** Compressor cycles of a heat pump: ramps of minutes, a long modulated plateau, a ramp down, a rest. */
function heatPumpCycles(random: Random, durationS: number, plateauW: number, runningShare: number): Step[] {
  const steps: Step[] = [];
  let remainingS = durationS;
  const push = (added: readonly Step[]): void => {
    for (const step of added) {
      if (remainingS <= 0) return;
      steps.push({ ...step, durationS: Math.min(step.durationS, remainingS) });
      remainingS -= step.durationS;
    }
  };
  while (remainingS > 0) {
    const upS = random.integer(6, 10) * STEP_S;
    const plateauS = random.integer(40, 90) * STEP_S;
    const [first, ...ramp] = rampSteps(0.15 * plateauW, plateauW, upS, STEP_S);
    if (first !== undefined)
      push([{ ...first, attributes: { temperature: COMFORT_C, hvac_action: 'heating' } }]);
    push(ramp);
    for (let doneS = 0; doneS < plateauS; doneS += 2 * STEP_S) {
      push([{ durationS: 2 * STEP_S, powerW: plateauW * random.normal(1, 0.02) }]);
    }
    push(rampSteps(plateauW, 0.2 * plateauW, 4 * STEP_S, STEP_S));
    const restS = Math.round((plateauS * (1 - runningShare)) / runningShare);
    const idle = { temperature: COMFORT_C, hvac_action: 'idle' };
    push([{ durationS: Math.max(STEP_S, restS), powerW: 18, attributes: idle }]);
  }
  return steps;
}

export function heatPump(nominalW: number): Appliance {
  return {
    id: 'heat_pump',
    name: 'Heat pump',
    circuitId: 'hvac',
    area: 'Utility Room',
    standbyW: 9,
    control: { entityId: 'climate.heat_pump', idleState: 'off' },
    plan: (script, random): Activation[] => {
      const demand = Math.abs(script.outdoorMeanC - 17) / 25;
      if (demand < 0.12) return [];
      const heating = script.outdoorMeanC < 17;
      const startS = heating
        ? script.wakeS - random.integer(1800, 3600)
        : script.day.at(random.uniform(12, 14));
      const endS = heating
        ? script.sleepS - random.integer(600, 2400)
        : script.day.at(random.uniform(18, 20));
      const plateauW = nominalW * Math.min(1, 0.45 + 0.6 * demand);
      const cycles = heatPumpCycles(random, endS - startS, plateauW, Math.min(0.9, 0.3 + demand));
      const [first, ...rest] = cycles;
      if (first === undefined) return [];
      return [{ startS, steps: [{ ...first, state: heating ? 'heat' : 'cool' }, ...rest] }];
    },
  };
}

/** The pump of a boiler that burns gas: small, and run by the boiler itself. */
export function circulationPump(runningW: number): Appliance {
  return {
    id: 'circulation_pump',
    name: 'Circulation pump',
    circuitId: 'hvac',
    area: 'Utility Room',
    standbyW: 4,
    plan: ({ day, outdoorMeanC }, random) => {
      if (outdoorMeanC > 17) return [];
      const durationS = day.endS - day.startS;
      return [
        { startS: day.startS, steps: thermostatSteps(random, durationS, runningW, 6, 900, 1500, 1300) },
      ];
    },
  };
}

export function ventilation(fullW: number): Appliance {
  return {
    id: 'ventilation',
    name: 'Ventilation',
    circuitId: 'hvac',
    area: 'Utility Room',
    standbyW: 0.12 * fullW,
    control: { entityId: 'fan.ventilation', idleState: 'off' },
    plan: ({ dinnerS, wakeS }: DayScript, random) =>
      [wakeS + random.integer(600, 1500), dinnerS - random.integer(900, 1500)].map((startS) => {
        const percentage = random.pick([50, 75, 100]);
        const powerW = fullW * (0.12 + 0.88 * (percentage / 100) ** 2.2);
        return {
          startS,
          steps: [{ durationS: random.integer(1500, 3600), powerW, state: 'on', attributes: { percentage } }],
        };
      }),
  };
}

export function waterHeater(heatingW: number): Appliance {
  return {
    id: 'water_heater',
    name: 'Water heater',
    circuitId: 'other',
    area: 'Utility Room',
    standbyW: 1.5,
    control: { entityId: 'water_heater.boiler', idleState: 'off' },
    plan: ({ day, wakeS }, random) =>
      [
        day.at(random.uniform(3, 3.6)),
        wakeS + random.integer(2400, 4800),
        day.at(random.uniform(14, 16)),
      ].map((startS) => {
        const heatingS = random.integer(1200, 3000);
        const steps = thermostatSteps(random, heatingS + 2400, heatingW, 2, heatingS, 180, 900);
        return {
          startS,
          steps: steps.map((step, index) =>
            index === 0 ? { ...step, state: 'electric', attributes: { temperature: 55 } } : step,
          ),
        };
      }),
  };
}
