import { setTimeout } from 'node:timers/promises';
import { MountedDisk } from './mounted-disk';
import { ShiftedClock } from './shifted-clock';
import { Trial, TrialOptions } from './trial';

export interface Scenario {
  fault: string;
  /** How often the fault is provoked: in full, and in the bounded form. */
  times: { full: number; bounded: number };
  /** Returns why it cannot run here; by default it can. */
  prepare?(): { options: TrialOptions; dispose?(): void; context?: unknown } | { unavailable: string };
  /** Provokes the fault once, and ends it. */
  provoke(trial: Trial, context: unknown): Promise<void>;
}

const between = (fromMs: number, toMs: number) => fromMs + Math.random() * (toMs - fromMs);
const AUTH = { username: 'meter', password: 'first-password' };

export const SCENARIOS: readonly Scenario[] = [
  {
    fault: 'kill -9 of smart-meter at a random instant',
    times: { full: 200, bounded: 15 },
    async provoke({ service }) {
      await setTimeout(between(0, 900));
      await service.kill9();
      service.spawn();
      service.listen();
      // Now and then it is killed again before it is up.
      if (Math.random() < 0.3) {
        await setTimeout(between(0, 600));
        await service.kill9();
      }
      await service.kill9();
      await service.start();
    },
  },
  {
    fault: 'kill -9 of InfluxDB under load',
    times: { full: 25, bounded: 2 },
    async provoke({ influxDb }) {
      await setTimeout(between(100, 800));
      await influxDb.kill9();
      await setTimeout(between(0, 2_000));
      await influxDb.restart();
    },
  },
  {
    fault: 'InfluxDB stopped (SIGSTOP) and continued',
    times: { full: 10, bounded: 1 },
    async provoke({ influxDb }) {
      await setTimeout(300);
      influxDb.suspend();
      await setTimeout(between(500, 4_000));
      influxDb.resume();
    },
  },
  {
    fault: 'restart of InfluxDB',
    times: { full: 10, bounded: 1 },
    async provoke({ influxDb }) {
      await setTimeout(300);
      await influxDb.restart();
    },
  },
  {
    fault: 'restart of Home Assistant',
    times: { full: 10, bounded: 1 },
    async provoke({ home }) {
      await setTimeout(300);
      await home.homeAssistant.refuseConnections();
      await setTimeout(between(200, 1_500));
      await home.homeAssistant.acceptConnections();
    },
  },
  {
    fault: 'database dropped (404) and made anew',
    times: { full: 5, bounded: 1 },
    async provoke(trial) {
      await trial.dropDatabase();
      await setTimeout(1_500);
      await trial.makeDatabase();
    },
  },
  {
    fault: 'credentials flipped (401) and set right',
    times: { full: 5, bounded: 1 },
    prepare: () => ({
      options: {
        influxDb: { auth: { ...AUTH } },
        environment: { INFLUXDB_TOKEN: `${AUTH.username}:${AUTH.password}` },
      },
    }),
    async provoke({ influxDb }) {
      await setTimeout(500);
      await influxDb.setPassword('another-password');
      await setTimeout(1_500);
      await influxDb.setPassword(AUTH.password);
    },
  },
  {
    fault: 'tiny max-body-size (413)',
    times: { full: 5, bounded: 1 },
    prepare: () => ({ options: { influxDb: { maxBodyBytes: 2_000 }, changesPerS: 200 } }),
    async provoke({ influxDb }) {
      await influxDb.kill9();
      await setTimeout(1_500);
      await influxDb.restart();
    },
  },
  {
    fault: 'tiny concurrent-write limits (503)',
    times: { full: 5, bounded: 1 },
    prepare: () => ({
      options: { influxDb: { maxConcurrentWrites: 1, maxEnqueuedWrites: 1 }, changesPerS: 200 },
    }),
    async provoke({ influxDb }) {
      await influxDb.kill9();
      await setTimeout(1_500);
      await influxDb.restart();
    },
  },
  {
    fault: 'disk of InfluxDB full (500)',
    times: { full: 5, bounded: 1 },
    prepare: () => onSmallDisk(24, (path) => ({ influxDb: { dataDir: path } })),
    async provoke({ influxDb }, context) {
      const disk = context as MountedDisk;
      await setTimeout(500);
      disk.fill();
      await setTimeout(2_000);
      disk.free();
      await influxDb.restart();
    },
  },
  {
    fault: 'disk of smart-meter full',
    times: { full: 5, bounded: 1 },
    prepare: () => onSmallDisk(16, (path) => ({ dataDir: `${path}/data` })),
    async provoke(_trial, context) {
      const disk = context as MountedDisk;
      await setTimeout(500);
      disk.fill();
      await setTimeout(2_500);
      disk.free();
      await setTimeout(500);
    },
  },
  {
    fault: 'clock of smart-meter set back and forward',
    times: { full: 6, bounded: 2 },
    prepare: () => {
      const clock = ShiftedClock.create();
      if (!(clock instanceof ShiftedClock)) return clock;
      return { options: { environment: clock.environment }, context: clock, dispose: () => clock.remove() };
    },
    async provoke({ service }, context) {
      const clock = context as ShiftedClock;
      clock.shift(-3_600);
      await setTimeout(1_000);
      clock.shift(7_200);
      await setTimeout(1_000);
      clock.shift(0);
      await setTimeout(500);
      await service.health();
    },
  },
];

function onSmallDisk(megabytes: number, options: (path: string) => TrialOptions) {
  const disk = MountedDisk.mount(megabytes);
  if (!disk) return { unavailable: 'this user may not mount a disk' };
  return { options: options(disk.path), context: disk, dispose: () => disk.unmount() };
}
