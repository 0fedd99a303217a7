import { describeWithServer, fuzz, SCHEMATHESIS } from '@smart-meter/servers';
import { startLivedInCorrelator } from './support/lived-in-correlator';

describeWithServer(SCHEMATHESIS, 'the API', () => {
  it('answers as it is described, whatever is asked', async () => {
    const { service, stop } = await startLivedInCorrelator({ LOG_LEVEL: 'warn' });
    try {
      expect(await fuzz(service.url)).toMatch(/\d+ generated, \d+ passed/);
      expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    } finally {
      await stop();
    }
  }, 200_000);
});
