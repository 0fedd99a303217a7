import { addBacklogGauges, addGauge, createMetricsRegistry } from './metrics';

describe('the figures that are read at each scrape', () => {
  it('are as they are then, also where reading one takes time', async () => {
    const registry = createMetricsRegistry('test');
    let waiting = 1;
    addGauge(registry, 'waiting', 'What waits.', () => waiting);
    addGauge(registry, 'slow', 'What has to be asked for.', () => Promise.resolve(waiting * 2));
    waiting = 7;
    const text = await registry.metrics();
    expect(text).toMatch(/^waiting\{service="test"\} 7$/m);
    expect(text).toMatch(/^slow\{service="test"\} 14$/m);
  });

  it('tell the backlog under the names of the service', async () => {
    const registry = createMetricsRegistry('test');
    addBacklogGauges(registry, 'test', () => ({
      entries: 1,
      lines: 2,
      bytes: 3,
      oldestEnqueuedAtMs: null,
      quarantinedLines: 4,
      droppedLines: 5,
    }));
    const text = await registry.metrics();
    expect([...text.matchAll(/^test_(\w+)\{.*\} (\d+)$/gm)].map(([, name, value]) => [name, value])).toEqual([
      ['backlog_lines', '2'],
      ['backlog_bytes', '3'],
      ['quarantined_lines', '4'],
      ['dropped_lines', '5'],
    ]);
  });
});
