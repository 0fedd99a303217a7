import { Appliance, rampSteps, Step, withState } from '../appliance';

/** A car that charges at home: a ramp of seconds, hours of constant current, a taper at the end. */
export function carCharger(chargingW: number): Appliance {
  return {
    id: 'ev_charger',
    name: 'EV charger',
    circuitId: 'other',
    area: 'Garage',
    standbyW: 4.5,
    control: { entityId: 'switch.ev_charger', idleState: 'off' },
    plan: (script, random) => {
      const comesHomeS = script.away?.endS ?? null;
      if (comesHomeS === null || !random.chance(0.55)) return [];
      const plugsInS = comesHomeS + random.integer(120, 900);
      const startS = random.chance(0.5)
        ? Math.max(plugsInS, script.day.at(23) + random.integer(0, 60))
        : plugsInS;
      const constantS = Math.round((random.uniform(5, 25) * 3_600_000) / chargingW);
      const steps: Step[] = [
        { durationS: 5, powerW: 0.2 * chargingW },
        ...rampSteps(0.3 * chargingW, chargingW, 16, 4),
        { durationS: constantS, powerW: chargingW },
        ...rampSteps(chargingW, 0.15 * chargingW, 1800, 30),
      ];
      return [{ startS, steps: withState(steps, 'on') }];
    },
  };
}
