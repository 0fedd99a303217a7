import { defineMeter, defineSettings, MeterError } from '@smart-meter/meter-adapter';
import { ShellyMeter } from './shelly-meter';

/** What a service's catalogue needs to offer Shelly. */
export const shellyMeter = defineMeter({
  meterType: 'shelly',
  title: 'Shelly',
  settings: defineSettings({
    hosts: {
      kind: 'list',
      variable: 'SHELLY_HOSTS',
      description:
        'the addresses of the devices, separated by commas; `smart-meter discover shelly` finds them',
    },
    password: {
      kind: 'secret',
      variable: 'SHELLY_PASSWORD',
      description: 'the password of the devices, where they ask for one',
    },
    username: {
      kind: 'text',
      variable: 'SHELLY_USERNAME',
      description: 'the user name of devices of the first generation; later ones know admin alone',
      default: 'admin',
    },
    mains: {
      kind: 'list',
      variable: 'SHELLY_MAINS',
      description:
        'what measures the whole home, such as 192.0.2.10 or 192.0.2.10/em1:0; several are added up; by default three-phase meters, or the only channel',
    },
    solar: {
      kind: 'list',
      variable: 'SHELLY_SOLAR',
      description: 'what measures solar power, written as in SHELLY_MAINS; production counts as +',
    },
    inverted: {
      kind: 'list',
      variable: 'SHELLY_INVERT',
      description:
        'what shows the wrong sign because a clamp is the wrong way round, written as in SHELLY_MAINS',
    },
  }),
  create: (settings, { meterId, clock, timeZone, document, onRequest, warn }) => {
    const { hosts = [], password, username, mains = [], solar = [], inverted = [] } = settings;
    if (hosts.length === 0) {
      throw new MeterError('configuration', 'Shelly needs SHELLY_HOSTS, the addresses of the devices');
    }
    return new ShellyMeter({
      meterId,
      clock,
      timeZone,
      onRequest,
      warn,
      hosts,
      username,
      mains,
      solar,
      inverted,
      dailyEnergyStore: document('shelly-daily-energy'),
      ...(password === undefined ? {} : { password: password.reveal() }),
    });
  },
});
