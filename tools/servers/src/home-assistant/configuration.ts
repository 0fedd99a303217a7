/**
 * The integrations that every Home Assistant of ours has. `frontend` comes by itself: it is one of those that
 * Home Assistant always loads. `default_config` would fetch dozens of packages more.
 */
export const BASE_INTEGRATIONS = `
homeassistant:
  name: Test home
  latitude: 52.5
  longitude: 13.4
  elevation: 0
  unit_system: metric
  time_zone: Europe/Berlin
  currency: EUR
  country: DE
api:
config:
onboarding:
recorder:
  commit_interval: 1
history:
energy:
logger:
  default: error
`;

/**
 * Entities of the registry: one input each, and a sensor that shows it, so that they can be renamed and
 * driven by `input_number.set_value`. Anything else can be had by `setState`.
 */
const ENTITIES = `
input_number:
  grid_w: {min: -20000, max: 20000, step: 0.1, unit_of_measurement: W}
  kitchen_w: {min: -20000, max: 20000, step: 0.1, unit_of_measurement: W}
input_boolean:
  lamp:
template:
  - sensor:
      - name: Grid power
        unique_id: grid_power
        unit_of_measurement: W
        device_class: power
        state_class: measurement
        state: "{{ states('input_number.grid_w') }}"
      - name: Power kitchen
        unique_id: kitchen_power
        unit_of_measurement: W
        device_class: power
        state_class: measurement
        state: "{{ states('input_number.kitchen_w') }}"
`;

export const httpConfiguration = (port: number) => `
http:
  server_host: 127.0.0.1
  server_port: ${port}
`;

/** @param extra more YAML; its top-level keys must be others than ours */
export const configurationYaml = (port: number, extra: string) =>
  `${BASE_INTEGRATIONS}${httpConfiguration(port)}${ENTITIES}${extra}`;
