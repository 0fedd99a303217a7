import { Activation, Appliance, Control, Step, thermostatSteps, withState } from '../appliance';
import { DayScript, isHomeAndAwake } from '../day-script';
import { Random } from '../random';

interface KitchenModel {
  readonly id: string;
  readonly name: string;
  readonly standbyW?: number;
  readonly control: Control;
  plan(script: DayScript, random: Random): Activation[];
}

function kitchenAppliance(model: KitchenModel): Appliance {
  return { ...model, circuitId: 'kitchen', area: 'Kitchen', standbyW: model.standbyW ?? 0 };
}

function switchControl(id: string): Control {
  return { entityId: `switch.${id}`, idleState: 'off' };
}

function on(startS: number, steps: readonly Step[]): Activation {
  return { startS, steps: withState(steps, 'on') };
}

export function kettle(heatingW: number): Appliance {
  return kitchenAppliance({
    id: 'kettle',
    name: 'Kettle',
    control: switchControl('kettle'),
    plan: (script, random) => {
      const starts = [
        script.breakfastS + random.integer(-300, 600),
        script.dinnerS + random.integer(2400, 5400),
      ];
      for (let extra = random.integer(1, 4); extra > 0; extra -= 1) {
        starts.push(random.integer(script.wakeS, script.sleepS));
      }
      return starts
        .filter((startS) => isHomeAndAwake(script, startS))
        .sort((left, right) => left - right)
        .map((startS) => {
          const powerW = heatingW * random.uniform(0.99, 1.01);
          return on(startS, [{ durationS: random.integer(90, 260), powerW }]);
        });
    },
  });
}

export function coffeeMachine(heatingW: number): Appliance {
  return kitchenAppliance({
    id: 'coffee_machine',
    name: 'Coffee machine',
    standbyW: 1.25,
    control: switchControl('coffee_machine'),
    plan: (script, random) => {
      const startS = script.breakfastS + random.integer(-600, 300);
      const keepWarmS = random.integer(900, 2400);
      return [
        on(startS, [
          { durationS: random.integer(50, 80), powerW: heatingW },
          { durationS: 25, powerW: heatingW * 0.12 },
          { durationS: 30, powerW: heatingW * 0.95 },
          ...thermostatSteps(random, keepWarmS, heatingW * 0.9, 3, 8, 8, 170),
        ]),
      ];
    },
  });
}

export function toaster(heatingW: number): Appliance {
  return kitchenAppliance({
    id: 'toaster',
    name: 'Toaster',
    control: switchControl('toaster'),
    plan: (script, random) =>
      random.chance(0.6)
        ? [
            on(script.breakfastS + random.integer(0, 700), [
              { durationS: random.integer(110, 190), powerW: heatingW },
            ]),
          ]
        : [],
  });
}

export function microwave(cookingW: number): Appliance {
  return kitchenAppliance({
    id: 'microwave',
    name: 'Microwave',
    standbyW: 2.5,
    control: switchControl('microwave'),
    plan: (script, random) => {
      const meals = [script.lunchS, script.dinnerS].filter((meal) => meal !== null);
      return meals
        .filter(() => random.chance(0.5))
        .map((mealS) => {
          const startS = mealS + random.integer(-1200, 300);
          if (random.chance(0.6))
            return on(startS, [{ durationS: random.integer(60, 240), powerW: cookingW }]);
          // Half power is the magnetron pulsing.
          const pulses = Array.from({ length: random.integer(6, 14) }, () => [
            { durationS: 14, powerW: cookingW },
            { durationS: 12, powerW: 60 },
          ]);
          return on(startS, pulses.flat());
        });
    },
  });
}

export function hob(fullW: number): Appliance {
  return kitchenAppliance({
    id: 'hob',
    name: 'Hob',
    standbyW: 1,
    control: switchControl('hob'),
    plan: (script, random) => {
      const meals = [script.lunchS, random.chance(0.8) ? script.dinnerS : null].filter(
        (meal) => meal !== null,
      );
      return meals.map((mealS) => {
        const simmerS = random.integer(600, 1500);
        return on(mealS - random.integer(1300, 2000), [
          { durationS: random.integer(150, 300), powerW: fullW },
          ...thermostatSteps(random, simmerS, fullW * 0.55, 4, 20, 9, 14),
        ]);
      });
    },
  });
}

export function oven(heatingW: number): Appliance {
  return kitchenAppliance({
    id: 'oven',
    name: 'Oven',
    standbyW: 1.5,
    control: switchControl('oven'),
    plan: (script, random) => {
      if (!random.chance(script.weekend ? 0.6 : 0.35)) return [];
      const durationS = random.integer(2100, 3600);
      const steps = thermostatSteps(random, durationS, heatingW, 35, random.integer(480, 720), 55, 140);
      return [on(script.dinnerS - durationS + random.integer(-200, 200), steps)];
    },
  });
}

export function rangeHood(motorW: number): Appliance {
  return kitchenAppliance({
    id: 'range_hood',
    name: 'Range hood',
    control: { entityId: 'fan.range_hood', idleState: 'off' },
    plan: (script, random) => {
      if (!random.chance(0.7)) return [];
      const attributes = { percentage: random.pick([33, 66, 100]) };
      const powerW = motorW * (0.25 + 0.75 * (attributes.percentage / 100) ** 2);
      const startS = script.dinnerS - random.integer(900, 1500);
      return [
        { startS, steps: withState([{ durationS: random.integer(700, 1800), powerW }], 'on', attributes) },
      ];
    },
  });
}

export function dishwasher(heatingW: number): Appliance {
  return kitchenAppliance({
    id: 'dishwasher',
    name: 'Dishwasher',
    standbyW: 0.75,
    control: switchControl('dishwasher'),
    plan: (script, random) => {
      if (!random.chance(0.65)) return [];
      const pumpW = random.uniform(45, 65);
      return [
        on(script.dinnerS + random.integer(2700, 6000), [
          { durationS: 240, powerW: 12 },
          { durationS: 480, powerW: pumpW },
          { durationS: random.integer(700, 1000), powerW: heatingW + pumpW },
          { durationS: random.integer(1500, 2100), powerW: pumpW },
          { durationS: 90, powerW: 28 },
          { durationS: 600, powerW: pumpW },
          { durationS: random.integer(600, 900), powerW: heatingW + pumpW },
          { durationS: 420, powerW: pumpW },
          { durationS: 1500, powerW: 6 },
        ]),
      ];
    },
  });
}
