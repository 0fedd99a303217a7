import { Activation, Appliance, Step } from '../appliance';

interface CompressorModel {
  readonly id: string;
  readonly name: string;
  readonly runningW: number;
  readonly onMinutes: number;
  readonly offMinutes: number;
  readonly defrostW: number;
}

/** A fridge or freezer: compressor cycles with a second of inrush, one electric defrost a day. */
export function compressorCooler(model: CompressorModel): Appliance {
  const { runningW, onMinutes, offMinutes } = model;
  return {
    id: model.id,
    name: model.name,
    circuitId: 'kitchen',
    area: 'Kitchen',
    standbyW: 1.5,
    plan: ({ day, outdoorMeanC }, random) => {
      const warmth = 1 + Math.max(0, outdoorMeanC - 12) / 40;
      const defrostS = day.startS + random.integer(1, 22) * 3600;
      let defrosted = model.defrostW === 0;
      const activations: Activation[] = [];
      let startS = day.startS + Math.round(random.uniform(0.2, 1) * offMinutes * 60);
      for (;;) {
        const onS = Math.round(onMinutes * 60 * warmth * random.uniform(0.85, 1.2));
        // The last cycle ends before midnight, so that the next day's plan never cuts it.
        if (startS + onS >= day.endS) return activations;
        const steps: Step[] = [
          { durationS: 1, powerW: runningW * random.uniform(6, 9) },
          { durationS: 60, powerW: runningW * 1.25 },
          { durationS: 180, powerW: runningW * 1.1 },
          { durationS: onS - 241, powerW: runningW * random.uniform(0.97, 1.03) },
        ];
        if (!defrosted && startS > defrostS) {
          defrosted = true;
          steps.push({ durationS: random.integer(700, 1100), powerW: model.defrostW });
        }
        activations.push({ startS, steps });
        startS += steps.reduce((sum, step) => sum + step.durationS, 0);
        startS += Math.round(offMinutes * 60 * random.uniform(0.8, 1.2));
      }
    },
  };
}
