import { describeWithServer, fuzz, SCHEMATHESIS } from '@smart-meter/servers';
import { RunningService, waitFor } from './support/running-service';

describeWithServer(SCHEMATHESIS, 'the API', () => {
  it('answers as it is described, whatever is asked', async () => {
    const service = await RunningService.start({ LOG_LEVEL: 'warn' });
    try {
      await waitFor('a reading', async () => {
        const { body } = await service.get<{ readings: unknown[] }>('/readings');
        return body.readings.length > 0;
      });
      // The stream does not end; openapi.spec.ts reads it.
      expect(await fuzz(service.url, ['/stream'])).toMatch(/\d+ generated, \d+ passed/);
      expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    } finally {
      await service.stop();
    }
  }, 200_000);
});
