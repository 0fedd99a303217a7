import { defineMeter, defineSettings, MeterError } from '@smart-meter/meter-adapter';
import { TasmotaMeter } from './tasmota-meter';

/** What a service's catalogue needs to offer Tasmota. */
export const tasmotaMeter = defineMeter({
  meterType: 'tasmota',
  title: 'Tasmota',
  settings: defineSettings({
    hosts: {
      kind: 'list',
      variable: 'TASMOTA_HOSTS',
      description: 'the addresses of the devices that measure power, separated by commas',
    },
    mains: {
      kind: 'text',
      variable: 'TASMOTA_MAINS',
      description: 'the one of them that measures the whole home; by default the only one',
    },
    username: {
      kind: 'text',
      variable: 'TASMOTA_USERNAME',
      description: 'the user name of the devices’ web page',
      default: 'admin',
    },
    password: {
      kind: 'secret',
      variable: 'TASMOTA_PASSWORD',
      description: 'its password, where there is one; Tasmota takes it in the clear, in the address',
    },
  }),
  create: ({ hosts = [], mains, username, password }, { meterId, clock, onRequest }) => {
    if (hosts.length === 0) {
      throw new MeterError('configuration', 'Tasmota needs TASMOTA_HOSTS, the addresses of the devices');
    }
    return new TasmotaMeter({
      meterId,
      clock,
      onRequest,
      hosts,
      username,
      ...(mains === undefined ? {} : { mains }),
      ...(password === undefined ? {} : { password: password.reveal() }),
    });
  },
});
