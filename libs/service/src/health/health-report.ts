import { ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckResult } from '@nestjs/terminus';
import type { Response } from 'express';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What both services answer at `GET /health`, besides what they count. */
export interface HealthReport {
  status: HealthStatus;
  service: string;
  uptime_seconds: number;
  info: object;
  error: object;
  details: object;
}

/** What both services answer at `GET /health/ready`. */
export interface Readiness {
  status: 'ready' | 'not ready';
}

const UNAVAILABLE = 503;

/** Terminus' verdict in the words of the services; sets the response's status where it is unhealthy. */
export async function healthReport(
  service: string,
  check: Promise<HealthCheckResult>,
  response: Response,
): Promise<HealthReport> {
  const result = await resultOf(check);
  const status = statusOf(result);
  if (status === 'unhealthy') response.status(UNAVAILABLE);
  return {
    status,
    service,
    uptime_seconds: Math.round(process.uptime()),
    info: result.info ?? {},
    error: result.error ?? {},
    details: result.details,
  };
}

/** Whether the service can do its work, by the checks without which it cannot; sets the response's status. */
export async function readiness(check: Promise<HealthCheckResult>, response: Response): Promise<Readiness> {
  if (statusOf(await resultOf(check)) !== 'unhealthy') return { status: 'ready' };
  response.status(UNAVAILABLE);
  return { status: 'not ready' };
}

/** A failed check is an answer too, not an exception. */
function resultOf(check: Promise<HealthCheckResult>): Promise<HealthCheckResult> {
  return check.catch((error: unknown) => {
    if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
    throw error;
  });
}

function statusOf({ status }: HealthCheckResult): HealthStatus {
  return status === 'ok' ? 'healthy' : status === 'degraded' ? 'degraded' : 'unhealthy';
}
