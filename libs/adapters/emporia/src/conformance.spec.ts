import { describeMeterConformance } from '@smart-meter/meter-adapter-testkit';
import { EmporiaHost } from './options';
import { EMAIL, PASSWORD, startCloud } from './testing/simulated-cloud';

// A machine that is busy with other things is no fault.
jest.setTimeout(60_000);

const USAGE = /AppAPI|usages/;

async function makeSubject(host: EmporiaHost) {
  const { simulator, meter, clock } = await startCloud();
  const { faults, userPool } = simulator;
  const always = (status: number, body = '') =>
    faults.always({ kind: 'status', status, body }, { path: USAGE });
  const adapter = meter({ host });
  return {
    adapter,
    secrets: [EMAIL, PASSWORD],
    faults: [
      { name: 'server error', provoke: () => void always(503), expectedCodes: ['unavailable'] as const },
      {
        name: 'too many requests',
        provoke: () => void always(429),
        expectedCodes: ['rate_limited'] as const,
      },
      {
        name: 'token refused',
        provoke: () => void always(401, JSON.stringify({ message: `${EMAIL}: Unauthorized` })),
        expectedCodes: ['authentication'] as const,
      },
      {
        name: 'endpoint gone',
        provoke: () => void always(403, '{"message":"Missing Authentication Token"}'),
        expectedCodes: ['unsupported'] as const,
      },
      {
        name: 'page instead of data',
        provoke: () => void faults.always({ kind: 'html' }, { path: USAGE }),
        expectedCodes: ['malformed_response'] as const,
      },
      {
        name: 'wrong types',
        provoke: () =>
          void faults.always(
            { kind: 'body', body: '{"deviceListUsages":{"devices":7},"device_usages":7}' },
            { path: USAGE },
          ),
        expectedCodes: ['malformed_response'] as const,
      },
      {
        name: 'connection cut',
        provoke: () => void faults.always({ kind: 'drop' }, { path: USAGE }),
        expectedCodes: ['unavailable'] as const,
      },
      {
        name: 'log-in with a further step',
        provoke: () => void (userPool.challengeName = 'SMS_MFA'),
        expectedCodes: ['unsupported'] as const,
      },
    ],
    historyRange: {
      from: new Date(clock.now().getTime() - 3 * 3_600_000),
      to: new Date(clock.now().getTime() - 3_600_000),
    },
    dispose: () => simulator.close(),
  };
}

const FAULTS = [
  'server error',
  'too many requests',
  'token refused',
  'endpoint gone',
  'page instead of data',
  'wrong types',
  'connection cut',
  'log-in with a further step',
];

describeMeterConformance('Emporia, legacy host', () => makeSubject('legacy'), FAULTS);
describeMeterConformance('Emporia, modern host', () => makeSubject('modern'), FAULTS);
