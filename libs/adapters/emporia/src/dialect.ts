import { instantOrNull, isJsonObject, numberOrNull } from '@smart-meter/meter-adapter';
import { Inventory } from './inventory';
import { UsageAnswer } from './usage';

/** A bucket of the history or of live energy. */
export type Scale = '1MIN' | '15MIN' | '1H' | '1D';

export interface ChartQuery {
  deviceGid: number;
  /** As `chartChannel` names it. */
  channel: string;
  from: Date;
  /** Included. */
  to: Date;
  scale: Scale;
}

/** Energies of successive buckets, kWh; the first begins at `firstAt`. */
export interface ChartAnswer {
  firstAt: Date;
  energiesKwh: (number | null)[];
}

/** What differs between the two hosts: addresses, header and shapes. */
export interface Dialect {
  readonly tokenHeader: string;
  inventoryUrl(): string;
  /** Throws `malformed_response`. */
  readInventory(body: unknown): Inventory;
  usageUrl(deviceGids: readonly number[], instant: Date, scale: Scale): string;
  /** Throws `malformed_response`; an empty body is no data. */
  readUsage(body: unknown): UsageAnswer;
  chartUrl(query: ChartQuery): string;
}

/** Emporia takes a literal Z alone, and no `+00:00`. */
export function formatInstant(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function chartParameters(query: ChartQuery): string {
  return [
    `deviceGid=${query.deviceGid}`,
    `channel=${query.channel}`,
    `start=${formatInstant(query.from)}`,
    `end=${formatInstant(query.to)}`,
    `scale=${query.scale}`,
    'energyUnit=KilowattHours',
  ].join('&');
}

/** The same on both hosts; null where there is nothing. */
export function readChart(body: unknown): ChartAnswer | null {
  if (!isJsonObject(body)) return null;
  const firstAt = instantOrNull(body['firstUsageInstant']);
  const usages = body['usageList'];
  if (!firstAt || !Array.isArray(usages)) return null;
  return { firstAt, energiesKwh: usages.map(numberOrNull) };
}
