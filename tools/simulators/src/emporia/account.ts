import { SimulatedDevice } from './devices';
import { PoolUser } from './user-pool';

export interface SimulatedAccount extends PoolUser {
  readonly customerGid: number;
  /** Mutable: devices come and go. */
  readonly devices: SimulatedDevice[];
}
