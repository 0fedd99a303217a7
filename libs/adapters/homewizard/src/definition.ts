import { defineMeter, defineSettings, MeterError } from '@smart-meter/meter-adapter';
import { HomeWizardMeter } from './homewizard-meter';

/** What a service's catalogue needs to offer HomeWizard. */
export const homeWizardMeter = defineMeter({
  meterType: 'homewizard',
  title: 'HomeWizard',
  settings: defineSettings({
    host: {
      kind: 'text',
      variable: 'HOMEWIZARD_HOST',
      description: 'the address of the P1 meter, or of the kWh meter that measures the home',
    },
    circuitHosts: {
      kind: 'list',
      variable: 'HOMEWIZARD_CIRCUIT_HOSTS',
      description: 'the addresses of kWh meters and sockets that measure circuits, separated by commas',
    },
  }),
  create: ({ host, circuitHosts = [] }, { meterId, clock, timeZone, document, onRequest }) => {
    if (host === undefined) {
      throw new MeterError('configuration', 'HomeWizard needs HOMEWIZARD_HOST, the address of the meter');
    }
    return new HomeWizardMeter({
      meterId,
      clock,
      timeZone,
      onRequest,
      host,
      circuitHosts,
      dailyEnergyStore: document('homewizard-daily-energy'),
    });
  },
});
