import { systemClock } from '@smart-meter/meter-adapter';
import { ConformanceSubject, describeMeterConformance } from '@smart-meter/meter-adapter-testkit';
import { accountOptions, MONITOR_ID, OLD_FIRMWARE, household, startSense } from './testing/sense-fixture';
import { MemoryTokenStore } from './testing/memory-token-store';
import { SenseAccount } from './sense-account';
import { createSenseAdapter } from './streaming-sense-adapter';

const faultNames = [
  'wrong password',
  'too many requests',
  'maintenance',
  'login page in between',
  'empty answer',
  'cloud away',
];

async function makeSubject(stream: boolean, firmware: string): Promise<ConformanceSubject> {
  const simulator = await startSense(systemClock, {
    monitors: [{ id: Number(MONITOR_ID), household, solarConfigured: true, firmware }],
    feedIntervalMs: 30,
  });
  const store = new MemoryTokenStore();
  const account = new SenseAccount(accountOptions(simulator, systemClock, store));
  const { faults } = simulator;
  return {
    adapter: createSenseAdapter({ meterId: 'sense-home', account, stream }),
    secrets: [simulator.password],
    faults: [
      {
        name: 'wrong password',
        provoke: () => void faults.always({ kind: 'body', status: 401, body: '{"status":"error"}' }),
        expectedCodes: ['authentication'],
      },
      {
        name: 'too many requests',
        provoke: () => void faults.always({ kind: 'status', status: 429, retryAfterS: 5 }),
        expectedCodes: ['rate_limited'],
      },
      {
        name: 'maintenance',
        provoke: () => void faults.always({ kind: 'status', status: 503 }),
        expectedCodes: ['unavailable'],
      },
      {
        name: 'login page in between',
        provoke: () => void faults.always({ kind: 'html' }),
        expectedCodes: ['malformed_response'],
      },
      {
        name: 'empty answer',
        provoke: () => void faults.always({ kind: 'body', body: '' }),
        expectedCodes: ['malformed_response'],
      },
      {
        name: 'cloud away',
        provoke: () => simulator.refuseConnections(),
        expectedCodes: ['unavailable'],
      },
    ],
    provokeChange: () => undefined,
    historyRange: { from: new Date('2026-10-01T20:30:00Z'), to: new Date('2026-10-02T09:10:00Z') },
    dispose: () => simulator.close(),
  };
}

describeMeterConformance('Sense by REST', () => makeSubject(false, '1.64.3131-ab12cd3-release'), faultNames);
describeMeterConformance('Sense by short live reads', () => makeSubject(false, OLD_FIRMWARE), faultNames);
describeMeterConformance('Sense as a held stream', () => makeSubject(true, OLD_FIRMWARE), faultNames);
