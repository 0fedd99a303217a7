import { ConformanceFault, describeMeterConformance } from '@smart-meter/meter-adapter-testkit';
import { createHousehold } from '@smart-meter/household';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { createHomeAssistantMeter } from './home-assistant-meter';

function faultsOf(home: HomeAssistantSimulator): ConformanceFault[] {
  const rest = { path: /^\/api\/(states|config)?$/ };
  return [
    {
      name: 'a refused token',
      provoke: () => home.access.revokeToken(home.token),
      expectedCodes: ['authentication'],
    },
    {
      name: 'a page instead of data',
      provoke: () => void home.faults.always({ kind: 'html' }, rest),
      expectedCodes: ['malformed_response'],
    },
    {
      name: 'a body that is cut short',
      provoke: () => void home.faults.always({ kind: 'truncate', afterBytes: 200 }, rest),
      expectedCodes: ['unavailable', 'malformed_response'],
    },
    {
      name: 'a silent server',
      provoke: () => void home.faults.always({ kind: 'hang' }, rest),
      expectedCodes: ['unavailable'],
    },
    {
      name: 'a cut connection',
      provoke: () => void home.faults.always({ kind: 'drop' }, rest),
      expectedCodes: ['unavailable'],
    },
    {
      name: 'a failing server',
      provoke: () => void home.faults.always({ kind: 'status', status: 500 }, rest),
      expectedCodes: ['unavailable'],
    },
    {
      name: 'a huge body',
      provoke: () => void home.faults.always({ kind: 'huge', bytes: 100 * 1024 * 1024 }, rest),
      expectedCodes: ['malformed_response'],
    },
  ];
}

/** One for all: it remembers the days that it has lived. */
const household = createHousehold({ seed: 1, solar: true });

describeMeterConformance(
  'Home Assistant',
  async () => {
    const home = await HomeAssistantSimulator.start({ household, historyDays: 0.06 });
    const now = Date.now();
    return {
      adapter: createHomeAssistantMeter({
        url: home.url,
        token: home.token,
        meterId: 'home',
        timeoutMs: 500,
        maxBodyBytes: 4 * 1024 * 1024,
      }),
      secrets: [home.token],
      faults: faultsOf(home),
      provokeChange: () => void home.setState('sensor.power_hvac', '555'),
      historyRange: { from: new Date(now - 80 * 60_000), to: new Date(now - 65 * 60_000) },
      dispose: () => home.close(),
    };
  },
  [
    'a refused token',
    'a page instead of data',
    'a body that is cut short',
    'a silent server',
    'a cut connection',
    'a failing server',
    'a huge body',
  ],
);
