import { ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckResult } from '@nestjs/terminus';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What both services answer at `GET /health`, besides Terminus' `info`, `error` and `details`. */
export interface HealthReport {
  status: HealthStatus;
  service: string;
  uptime_seconds: number;
  info: object;
  error: object;
  details: object;
}

/** Terminus' verdict in the words of the services. A failed check is an answer too, not an exception. */
export async function healthReport(
  service: string,
  check: Promise<HealthCheckResult>,
): Promise<HealthReport> {
  const result = await check.catch((error: unknown) => {
    if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
    throw error;
  });
  return {
    status: result.status === 'ok' ? 'healthy' : result.status === 'degraded' ? 'degraded' : 'unhealthy',
    service,
    uptime_seconds: Math.round(process.uptime()),
    info: result.info ?? {},
    error: result.error ?? {},
    details: result.details,
  };
}
