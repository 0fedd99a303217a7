import {
  jsonResponse,
  SimulatedRequest,
  SimulatedResponse,
  SimulatorClock,
  VendorSimulator,
} from '../shared';
import { SimulatedAccount } from './account';
import { answerLegacy, message } from './legacy-api';
import { answerModern } from './modern-api';
import { EnergyStore } from './store';
import { isKeyRequest, isUserPoolRequest, UserPool } from './user-pool';

export interface EmporiaSimulatorOptions {
  readonly accounts: readonly SimulatedAccount[];
  /** Default: the real time. */
  readonly clock?: SimulatorClock;
  /** How long a measured second takes to arrive in the store, default 5 s. */
  readonly ingestionLagS?: number;
  /** How long after midnight the energy of the day still contains yesterday's, default 20 minutes. */
  readonly midnightLagMinutes?: number;
}

const MAINTENANCE_PATH = '/maintenance.json';

/** Emporia's cloud on one port: both interfaces, the user pool and the maintenance flag. */
export class EmporiaSimulator extends VendorSimulator {
  /** Whether the maintenance flag is up; it says so and changes nothing else. */
  maintenance = false;
  readonly userPool: UserPool;
  private readonly stores: ReadonlyMap<string, { account: SimulatedAccount; store: EnergyStore }>;

  private constructor(options: EmporiaSimulatorOptions) {
    super(options.clock);
    const { clock } = this;
    const { accounts, ingestionLagS = 5, midnightLagMinutes = 20 } = options;
    this.userPool = new UserPool(accounts, clock, () => this.url);
    this.stores = new Map(
      accounts.map((account) => {
        const store = new EnergyStore({ devices: account.devices, clock, ingestionLagS, midnightLagMinutes });
        return [account.email, { account, store }];
      }),
    );
  }

  static start(options: EmporiaSimulatorOptions): Promise<EmporiaSimulator> {
    return new EmporiaSimulator(options).serve();
  }

  get maintenanceUrl(): string {
    return `${this.url}${MAINTENANCE_PATH}`;
  }

  /** One request, as the server answers it. */
  override handle(request: SimulatedRequest): SimulatedResponse {
    if (isUserPoolRequest(request)) return this.userPool.handle(request);
    if (isKeyRequest(request)) return this.userPool.publicKeys();
    if (request.path === MAINTENANCE_PATH) return this.maintenanceFlag();
    const isModern = request.path.startsWith('/v1/');
    const token = request.headers[isModern ? 'authorization' : 'authtoken'];
    const email = this.userPool.authorise(Array.isArray(token) ? token[0] : token);
    const found = email === null ? undefined : this.stores.get(email);
    if (!found) return message(401, 'Unauthorized');
    return (isModern ? answerModern : answerLegacy)(request, found.account, found.store);
  }

  /** Absent, which the store of files tells as a denied access, unless there is maintenance. */
  private maintenanceFlag(): SimulatedResponse {
    if (this.maintenance) return jsonResponse({ msg: 'down' });
    const body = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>';
    return { status: 403, headers: { 'content-type': 'application/xml' }, body };
  }
}
