import { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { DeliverySummary } from '../delivery/delivery-monitor';
import { DiskSpace } from './disk-space';

const LOW_DISK_BYTES = 200 * 1024 * 1024;

/** The check `disk`: degraded while little space is left. */
export function checkDisk(
  indicators: HealthIndicatorService,
  { freeBytes, totalBytes }: DiskSpace,
): HealthIndicatorResult<'disk'> {
  const check = indicators.check('disk');
  const details = { free_bytes: freeBytes, total_bytes: totalBytes };
  return freeBytes < LOW_DISK_BYTES
    ? check.degraded({ ...details, message: 'the disk is nearly full: free some space' })
    : check.up(details);
}

/** The check `delivery`: degraded while somebody should look at it. */
export function checkDelivery(
  indicators: HealthIndicatorService,
  summary: DeliverySummary,
): HealthIndicatorResult<'delivery'> {
  const check = indicators.check('delivery');
  if (!summary.configured) return check.up({ state: 'not configured: the journal is the store' });
  const details = { state: summary.state, ...summary.details };
  return summary.alarm === null ? check.up(details) : check.degraded({ ...details, message: summary.alarm });
}
