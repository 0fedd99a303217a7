import { defineMeter, defineSettings } from '@smart-meter/meter-adapter';
import { SimulatedMeter } from './simulated-meter';

/** What a service's catalogue needs to offer the simulated household. */
export const simulatedMeter = defineMeter({
  meterType: 'generic',
  title: 'Simulated household',
  settings: defineSettings({
    seed: {
      kind: 'integer',
      variable: 'SIMULATED_SEED',
      description: 'which simulated household: the same number is the same home',
      min: 0,
      max: 1_000_000,
      default: 1,
    },
  }),
  create: ({ seed }, { meterId, clock, timeZone }) => new SimulatedMeter({ meterId, clock, timeZone, seed }),
});
