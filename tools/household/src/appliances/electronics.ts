import { Activation, Appliance, Step, wanderingSteps, withState } from '../appliance';
import { DayScript } from '../day-script';
import { Random } from '../random';

function filmOrEvening(script: DayScript, random: Random): { startS: number; durationS: number } | null {
  const startS = script.filmS ?? (random.chance(0.4) ? script.dinnerS + 4500 : null);
  if (startS === null || startS > script.sleepS - 1800) return null;
  return { startS, durationS: script.sleepS - startS + random.integer(-600, 2) };
}

export function television(runningW: number): Appliance {
  return {
    id: 'tv',
    name: 'TV',
    circuitId: 'living_room',
    area: 'Living Room',
    standbyW: 0.5,
    control: { entityId: 'media_player.tv', idleState: 'off' },
    plan: (script, random) => {
      const evening = filmOrEvening(script, random);
      if (evening === null) return [];
      const steps = [
        { durationS: 6, powerW: runningW * 1.3 },
        ...wanderingSteps(random, evening.durationS, 30, runningW, 0.06),
      ];
      return [{ startS: evening.startS + random.integer(0, 3), steps: withState(steps, 'on') }];
    },
  };
}

export function audioReceiver(runningW: number): Appliance {
  return {
    id: 'audio_receiver',
    name: 'Audio receiver',
    circuitId: 'living_room',
    area: 'Living Room',
    standbyW: 2.25,
    control: { entityId: 'media_player.audio_receiver', idleState: 'off' },
    plan: (script, random) => {
      const { filmS, sleepS, weekend, wakeS } = script;
      const activations: Activation[] = [];
      if (weekend && random.chance(0.6)) {
        const steps = wanderingSteps(random, random.integer(2400, 6000), 60, runningW * 0.8, 0.05);
        activations.push({ startS: wakeS + random.integer(2400, 6000), steps: withState(steps, 'playing') });
      }
      if (filmS !== null && filmS < sleepS - 1800) {
        const steps = wanderingSteps(random, sleepS - filmS, 60, runningW, 0.05);
        activations.push({ startS: filmS + random.integer(0, 3), steps: withState(steps, 'on') });
      }
      return activations;
    },
  };
}

/** A computer whose load follows the work; its monitor has an entity of its own. */
export function computer(runningW: number): Appliance {
  return {
    id: 'computer',
    name: 'Computer',
    circuitId: 'office',
    area: 'Office',
    standbyW: 1.75,
    control: { entityId: 'switch.computer', idleState: 'off' },
    plan: (script, random) =>
      (script.stays.get('office') ?? []).map((stay) => {
        const steps: Step[] = [
          { durationS: 25, powerW: runningW * 1.35 },
          ...wanderingSteps(random, stay.endS - stay.startS - 60, 15, runningW, 0.12),
        ];
        return { startS: stay.startS + random.integer(20, 120), steps: withState(steps, 'on') };
      }),
  };
}

export function monitor(runningW: number): Appliance {
  return {
    id: 'monitor',
    name: 'Monitor',
    circuitId: 'office',
    area: 'Office',
    standbyW: 0.375,
    control: { entityId: 'switch.monitor', idleState: 'off' },
    plan: (script, random) =>
      (script.stays.get('office') ?? []).map((stay) => ({
        startS: stay.startS + random.integer(25, 140),
        steps: [{ durationS: stay.endS - stay.startS - 90, powerW: runningW, state: 'on', attributes: {} }],
      })),
  };
}

/** Runs by itself a few times a day; no home automation knows of it. */
export function printer(): Appliance {
  return {
    id: 'printer',
    name: 'Printer',
    circuitId: 'office',
    area: 'Office',
    standbyW: 3,
    plan: (script, random) =>
      (script.stays.get('office') ?? [])
        .filter(() => random.chance(0.3))
        .map((stay) => ({
          startS: random.integer(stay.startS, Math.max(stay.startS, stay.endS - 200)),
          steps: [
            { durationS: 18, powerW: 620 },
            { durationS: 40, powerW: 90 },
            { durationS: 12, powerW: 520 },
            { durationS: 90, powerW: 14 },
          ],
        })),
  };
}

/** Returns to its dock after cleaning: the dock charges then, not while it cleans. */
export function robotVacuum(chargingW: number): Appliance {
  return {
    id: 'robot_vacuum',
    name: 'Robot vacuum',
    circuitId: 'other',
    area: 'Hallway',
    standbyW: 3.5,
    control: { entityId: 'vacuum.robot_vacuum', idleState: 'docked' },
    plan: (script, random) => {
      if (script.away === null || !random.chance(0.6)) return [];
      const cleaningS = random.integer(1800, 3000);
      return [
        {
          startS: script.away.startS + random.integer(600, 2400),
          steps: [
            { durationS: cleaningS, powerW: 0.5, state: 'cleaning', attributes: {} },
            { durationS: 60, powerW: 0.5, state: 'returning', attributes: {} },
            { durationS: random.integer(3600, 6000), powerW: chargingW, state: 'docked', attributes: {} },
          ],
        },
      ];
    },
  };
}
