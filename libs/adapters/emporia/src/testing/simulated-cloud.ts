import { createHousehold, Household } from '@smart-meter/household';
import {
  EmporiaSimulator,
  EmporiaSimulatorOptions,
  panel,
  plug,
  SimulatedDevice,
} from '@smart-meter/simulators';
import { EmporiaMeter } from '../emporia-meter';
import { EmporiaMeterOptions } from '../options';
import { InstantClock } from './instant-clock';
import { MemoryTokenStore } from './memory-token-store';

export const EMAIL = 'pat@example.net';
export const PASSWORD = 'correct horse battery staple';

export interface SimulatedCloud {
  simulator: EmporiaSimulator;
  clock: InstantClock;
  household: Household;
  devices: SimulatedDevice[];
  tokenStore: MemoryTokenStore;
  meter(options?: Partial<EmporiaMeterOptions>): EmporiaMeter;
}

/** An account with a panel over a home with a solar system, and a plug behind it. */
export async function startCloud({
  start = '2026-06-15T10:30:20Z',
  devices,
  ...options
}: Partial<EmporiaSimulatorOptions> & {
  start?: string;
  devices?: SimulatedDevice[];
} = {}): Promise<SimulatedCloud> {
  const clock = new InstantClock(start);
  const household = createHousehold({ seed: 7, solar: true });
  const house = panel({ household });
  const owned = devices ?? [house, plug(house, 'fridge')];
  const simulator = await EmporiaSimulator.start({
    accounts: [{ email: EMAIL, password: PASSWORD, customerGid: 81234, devices: owned }],
    clock,
    ...options,
  });
  const tokenStore = new MemoryTokenStore();
  const { url, maintenanceUrl } = simulator;
  return {
    simulator,
    clock,
    household,
    devices: owned,
    tokenStore,
    meter: (overrides = {}) =>
      new EmporiaMeter({
        meterId: 'emporia',
        credentials: { username: EMAIL, password: PASSWORD },
        tokenStore,
        endpoints: { legacyUrl: url, modernUrl: url, cognitoUrl: url, maintenanceUrl },
        clock,
        random: () => 0.5,
        ...overrides,
      }),
  };
}
