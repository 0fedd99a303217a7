import { Home } from '../home';
import { CommandError, CommandHandler } from '../websocket-connection';

const SAVED_FIELDS = ['energy_sources', 'device_consumption', 'device_consumption_water'];

export function energyCommands(home: Home): Record<string, CommandHandler> {
  return {
    'energy/get_prefs': (connection, { id }) => {
      if (home.energyPreferences === null) throw new CommandError('not_found', 'No prefs');
      connection.sendResult(id, home.energyPreferences);
    },

    'energy/save_prefs': (connection, command) => {
      if (!connection.user.isAdmin) throw new CommandError('unauthorized', 'Unauthorized');
      const { id } = command;
      const preferences = Object.fromEntries(SAVED_FIELDS.map((field) => [field, command[field]]));
      const unset = { energy_sources: [], device_consumption: [] };
      // What is left out stays as it was; undefined does not survive JSON.
      home.energyPreferences = {
        ...unset,
        ...home.energyPreferences,
        ...JSON.parse(JSON.stringify(preferences)),
      };
      connection.sendResult(id, home.energyPreferences);
    },

    'energy/info': (connection, { id }) =>
      connection.sendResult(id, { cost_sensors: home.costSensors, solar_forecast_domains: [] }),

    'energy/validate': (connection, { id }) =>
      connection.sendResult(id, { energy_sources: [], device_consumption: [] }),

    'energy/solar_forecast': (connection, { id }) => connection.sendResult(id, {}),
  };
}
