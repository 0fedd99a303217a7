import { Clock, DocumentStore } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { createHousehold } from '@smart-meter/household';
import { SenseSimulator, SenseSimulatorOptions } from '@smart-meter/simulators';
import { SenseAccount, SenseAccountOptions } from '../sense-account';
import { createSenseAdapter } from '../streaming-sense-adapter';
import { SenseAdapter } from '../sense-adapter';
import { MemoryTokenStore } from './memory-token-store';

export const household = createHousehold({ seed: 7, solar: true, timeZone: 'America/Denver' });
export const MONITOR_ID = '70004';
export const OLD_FIRMWARE = '1.58.3000-aa-release';
export const never: AbortSignal = new AbortController().signal;

/** A cloud with one solar monitor, unless told otherwise. */
export function startSense<C extends Clock>(
  clock: C,
  options: Partial<SenseSimulatorOptions> = {},
): Promise<SenseSimulator> {
  return SenseSimulator.start({
    monitors: [{ id: Number(MONITOR_ID), household, solarConfigured: true }],
    clock,
    ...options,
  });
}

export function accountOptions(simulator: SenseSimulator, clock: Clock, tokenStore: DocumentStore) {
  return {
    tokenStore,
    clock,
    random: () => 0.5,
    apiUrl: simulator.apiUrl,
    realtimeUrl: simulator.realtimeUrl,
    credentials: { email: simulator.email, password: simulator.password },
  } satisfies SenseAccountOptions;
}

export interface SenseFixture {
  clock: FakeClock;
  simulator: SenseSimulator;
  store: MemoryTokenStore;
  account: SenseAccount;
  adapter: SenseAdapter;
  close(): Promise<void>;
}

/** The whole chain: a cloud, an account with credentials, an adapter. */
export async function startFixture({
  start = '2026-10-02T20:00:00Z',
  stream = false,
  monitorId,
  ...options
}: Partial<SenseSimulatorOptions> & {
  start?: string;
  stream?: boolean;
  monitorId?: string;
} = {}): Promise<SenseFixture> {
  const clock = new FakeClock(start);
  const simulator = await startSense(clock, options);
  const store = new MemoryTokenStore();
  const account = new SenseAccount(accountOptions(simulator, clock, store));
  const adapter = createSenseAdapter({
    meterId: 'home',
    account,
    stream,
    ...(monitorId === undefined ? {} : { monitorId }),
  });
  const close = async () => {
    await adapter.close();
    await simulator.close();
  };
  return { clock, simulator, store, account, adapter, close };
}
