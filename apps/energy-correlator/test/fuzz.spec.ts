import { describeWithServer, fuzz, SCHEMATHESIS } from '@smart-meter/servers';
import { startLivedInCorrelator } from './support/lived-in-correlator';

describeWithServer(SCHEMATHESIS, 'the API', () => {
  it('answers as it is described, whatever is asked', async () => {
    const { service, stop } = await startLivedInCorrelator({ LOG_LEVEL: 'warn' });
    try {
      // The entity of the description's examples, so that not every impact is one of an unknown device.
      expect((await service.get('/devices/light.desk/impact')).status).toBe(200);
      expect(await fuzz(service.url)).toMatch(/\d+ generated, \d+ passed/);
      expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    } finally {
      await stop();
    }
  }, 200_000);
});
