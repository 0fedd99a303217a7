import { ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckResult } from '@nestjs/terminus';
import type { Response } from 'express';
import { healthReport, readiness } from './health-report';

const result = (status: HealthCheckResult['status']): HealthCheckResult => ({ status, details: {} });
const failed = () => Promise.reject(new ServiceUnavailableException(result('error')));

function recordStatus() {
  const statuses: number[] = [];
  return {
    statuses,
    response: { status: (status: number) => void statuses.push(status) } as unknown as Response,
  };
}

describe('the health of a service', () => {
  it.each([
    ['ok', 'healthy'],
    ['degraded', 'degraded'],
  ] as const)('that is %s is told as %s, with the usual status', async (status, told) => {
    const { statuses, response } = recordStatus();
    const report = await healthReport('test', Promise.resolve(result(status)), response);
    expect(report).toMatchObject({ status: told, service: 'test' });
    expect(await readiness(Promise.resolve(result(status)), response)).toEqual({ status: 'ready' });
    expect(statuses).toEqual([]);
  });

  it('that fails a check is an answer, with status 503', async () => {
    const { statuses, response } = recordStatus();
    expect(await healthReport('test', failed(), response)).toMatchObject({ status: 'unhealthy' });
    expect(await readiness(failed(), response)).toEqual({ status: 'not ready' });
    expect(statuses).toEqual([503, 503]);
  });

  it('that cannot be checked at all is a fault', async () => {
    const { response } = recordStatus();
    const broken = () => Promise.reject(new Error('broken'));
    await expect(healthReport('test', broken(), response)).rejects.toThrow('broken');
    await expect(readiness(broken(), response)).rejects.toThrow('broken');
  });
});
