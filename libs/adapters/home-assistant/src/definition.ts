import { defineMeter, defineSettings, MeterError } from '@smart-meter/meter-adapter';
import { createHomeAssistantMeter } from './home-assistant-meter';

const DAY_S = 86_400;

/** What a service's catalogue needs to offer Home Assistant. */
export const homeAssistantMeter = defineMeter({
  meterType: 'home_assistant',
  title: 'Home Assistant',
  settings: defineSettings({
    url: {
      kind: 'url',
      variable: 'HOME_ASSISTANT_URL',
      description: 'the address of Home Assistant, such as http://homeassistant.local:8123',
    },
    token: {
      kind: 'secret',
      variable: 'HOME_ASSISTANT_TOKEN',
      description: 'a long-lived access token: in Home Assistant, your profile, Security, at the bottom',
    },
    meterApiToken: {
      kind: 'secret',
      variable: 'METER_API_TOKEN',
      description: 'taken for HOME_ASSISTANT_TOKEN where that is not set',
    },
    supervisorToken: {
      kind: 'secret',
      variable: 'SUPERVISOR_TOKEN',
      description: 'set by Home Assistant where smart-meter runs as its app; nothing else is needed then',
    },
    powerEntity: {
      kind: 'text',
      variable: 'HOME_ASSISTANT_POWER_ENTITY',
      description: 'the sensor of the whole home’s power; by default it is found',
    },
    energyEntity: {
      kind: 'text',
      variable: 'HOME_ASSISTANT_ENERGY_ENTITY',
      description: 'the sensor of today’s energy; by default it is found',
    },
    circuitInclude: {
      kind: 'list',
      variable: 'HOME_ASSISTANT_CIRCUIT_INCLUDE',
      description:
        'the circuits are exactly the power sensors that match, such as sensor.shelly_*_power; separated by commas',
    },
    circuitExclude: {
      kind: 'list',
      variable: 'HOME_ASSISTANT_CIRCUIT_EXCLUDE',
      description: 'patterns of sensors that are no circuits, separated by commas',
    },
    staleAfterSeconds: {
      kind: 'integer',
      variable: 'STALE_AFTER_SECONDS',
      description: 'a sensor that was not reported for longer is flagged, in seconds',
      min: 1,
      max: 30 * DAY_S,
      default: 900,
    },
  }),
  create: (settings, { meterId, clock, document, timeZone, onRequest }) => {
    const { url, powerEntity, energyEntity, circuitInclude, circuitExclude, supervisorToken } = settings;
    const token = settings.token ?? settings.meterApiToken;
    const missing = [url ? [] : 'HOME_ASSISTANT_URL', token ? [] : 'HOME_ASSISTANT_TOKEN'].flat();
    if (missing.length > 0 && !supervisorToken) {
      throw new MeterError('configuration', `Home Assistant cannot be read: set ${missing.join(' and ')}`);
    }
    return createHomeAssistantMeter({
      meterId,
      clock,
      onRequest,
      timeZone,
      staleAfterS: settings.staleAfterSeconds,
      dailyEnergyStore: document('daily-energy'),
      ...(url && token ? { url, token: token.reveal() } : {}),
      ...(supervisorToken && !(url && token) ? { supervisor: { token: supervisorToken.reveal() } } : {}),
      ...(powerEntity === undefined ? {} : { powerEntity }),
      ...(energyEntity === undefined ? {} : { energyEntity }),
      ...(circuitInclude === undefined ? {} : { circuitInclude }),
      ...(circuitExclude === undefined ? {} : { circuitExclude }),
    });
  },
});
