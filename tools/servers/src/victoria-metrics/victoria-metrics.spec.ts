import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithServer } from '../shared/require-server';
import { startVictoriaMetrics, VICTORIA_METRICS } from './victoria-metrics';

describeWithServer(VICTORIA_METRICS, 'startVictoriaMetrics', () => {
  it('takes the 2.x write API, exports what came and survives a restart', async () => {
    const victoria = await startVictoriaMetrics();
    const atMs = Date.now();
    const answer = await fetch(`${victoria.url}/api/v2/write?org=-&bucket=home&precision=ms`, {
      method: 'POST',
      body: `power,circuit=a w=12.5 ${atMs}`,
    });
    expect(answer.status).toBe(204);
    const written = [{ metric: { __name__: 'power_w', circuit: 'a' }, values: [12.5], timestamps: [atMs] }];
    while ((await victoria.export('power_w')).length === 0) await sleep(50);
    expect(await victoria.export('power_w')).toEqual(written);
    await victoria.restart();
    expect(await victoria.export('power_w')).toEqual(written);
    await victoria.stop();
    await expect(fetch(`${victoria.url}/health`)).rejects.toThrow();
  });
});
