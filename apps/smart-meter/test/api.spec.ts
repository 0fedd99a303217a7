import { RunningService, waitFor } from './support/running-service';

let service: RunningService;

beforeAll(async () => {
  service = await RunningService.start({ LOG_LEVEL: 'warn', ENERGY_PRICE: '0.3' });
  await waitFor('some readings', async () => {
    const { body } = await service.get<{ readings: unknown[] }>('/readings?circuits=none');
    return body.readings.length >= 3;
  });
});

afterAll(() => service?.stop());

interface Row {
  timestamp: string;
  total_power_w?: number;
  circuits: { id: string; power_w: number }[];
}

describe('GET /readings', () => {
  it('pages through a period without losing or repeating a reading', async () => {
    const to = new Date().toISOString();
    const { body: whole } = await service.get<{ readings: Row[] }>(`/readings?circuits=none&to=${to}`);
    const paged: Row[] = [];
    let path: string | null = `/readings?circuits=none&limit=1&to=${to}`;
    while (path !== null) {
      const { body }: { body: { readings: Row[]; next: string | null } } = await service.get(path);
      paged.push(...body.readings);
      path = body.next;
    }
    expect(paged).toEqual(whole.readings);
    expect(paged.length).toBeGreaterThanOrEqual(3);
  });

  it('gives the circuits that were asked for', async () => {
    const { body } = await service.get<{ readings: Row[] }>('/readings?circuits=kitchen,office&limit=1');
    expect(body.readings[0]?.circuits.map(({ id }) => id).sort()).toEqual(['kitchen', 'office']);
  });

  it('streams the same rows as NDJSON and as CSV', async () => {
    const to = new Date().toISOString();
    const { body } = await service.get<{ readings: Row[] }>(`/readings?circuits=none&to=${to}`);
    const text = async (format: string) =>
      (await fetch(`${service.url}/readings?circuits=none&to=${to}&format=${format}`)).text();
    const lines = (await text('ndjson')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(body.readings);
    const csv = (await text('csv')).trim().split('\r\n');
    expect(csv[0]).toBe('timestamp,series,value,min,max,energy_kwh,averaged_over_s,provenance');
    const home = csv.filter((line) => line.split(',')[1] === 'home');
    expect(home.map((line) => Number(line.split(',')[2]))).toEqual(
      body.readings.map((row) => row.total_power_w),
    );
  });

  it('sums up in steps', async () => {
    const { body } = await service.get<{
      readings: { series: string; mean: number; min: number; max: number }[];
    }>('/readings?every=5m&circuits=kitchen');
    expect(body.readings.map(({ series }) => series)).toContain('circuit:kitchen');
    for (const { mean, min, max } of body.readings) {
      expect(mean).toBeGreaterThanOrEqual(min - 1e-9);
      expect(mean).toBeLessThanOrEqual(max + 1e-9);
    }
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=many', 'limit'],
    ['every=fortnight', 'every'],
    ['from=yesterday', 'from'],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from must be before to'],
    ['format=xml', 'format'],
    ['colour=red', 'colour'],
  ])('answers ?%s with a problem that names it', async (query, named) => {
    const response = await fetch(`${service.url}/readings?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(((await response.json()) as { detail: string }).detail).toContain(named);
  });
});

describe('The other answers', () => {
  it('GET /circuits is a tree with what is left over', async () => {
    const { body } = await service.get<{
      total_power_w: number;
      untracked_power_w: number;
      circuits: { name: string; power_w: number; children: unknown[] }[];
    }>('/circuits');
    expect(body.circuits.map(({ name }) => name)).toContain('HVAC');
    const sum = body.circuits.reduce((total, { power_w }) => total + power_w, 0);
    expect(body.untracked_power_w).toBeCloseTo(body.total_power_w - sum, 6);
  });

  it('GET /energy has the days with their cost', async () => {
    const { body } = await service.get<{
      price: { per_kwh: number };
      series: { series: string; periods: { energy_kwh: number; cost: number; date: string }[] }[];
    }>('/energy?circuits=all');
    const home = body.series.find(({ series }) => series === 'home');
    const today = home?.periods.at(-1);
    expect(today?.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(today?.cost).toBeCloseTo((today?.energy_kwh ?? 0) * 0.3, 9);
    expect(body.series.map(({ series }) => series)).toContain('circuit:kitchen');
  });

  it('GET /phantom-load does not guess before there are nights', async () => {
    expect((await service.get('/phantom-load')).body).toMatchObject({ power_w: null, nights: 0 });
  });

  it('GET /sources explains every source', async () => {
    const { body } = await service.get<{ sources: { role: string; reason: string }[] }>('/sources');
    expect(body.sources.map(({ role }) => role)).toContain('home');
    for (const { reason } of body.sources) expect(reason).not.toBe('');
  });

  it('POST /collect reads the meter', async () => {
    const before = (await service.get('/health')).body['total_fetches'] as number;
    const response = await fetch(`${service.url}/collect`, { method: 'POST' });
    expect(await response.json()).toEqual({ ok: true, error: null });
    expect((await service.get('/health')).body['total_fetches']).toBeGreaterThan(before);
  });

  it('GET /metrics is what Prometheus reads', async () => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toMatch(/^smart_meter_readings_total\{provenance="mock",service="smart-meter"\} [1-9]/m);
    expect(text).toMatch(/^smart_meter_backlog_lines\{.*\} 0$/m);
    expect(text).toMatch(/^smart_meter_rejected_lines\{.*\} 0$/m);
    expect(text).toMatch(/^smart_meter_delivery_last_error_timestamp_seconds\{.*\} 0$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds/m);
  });

  it('what is not there is a problem too', async () => {
    const { status, body } = await service.get('/nothing/here');
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'not_found', status: 404 });
  });
});

describe('GET /stream', () => {
  async function events(
    lastEventId: string | undefined,
    enough: number,
  ): Promise<{ id: number; row: Row }[]> {
    const stop = new AbortController();
    const response = await fetch(`${service.url}/stream`, {
      signal: stop.signal,
      headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    });
    const found: { id: number; row: Row }[] = [];
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const id = /^id: (\d+)$/m.exec(text.slice(0, end))?.[1];
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        if (id && data) found.push({ id: Number(id), row: JSON.parse(data) as Row });
        text = text.slice(end + 2);
      }
      if (found.length >= enough) break;
    }
    stop.abort();
    return found;
  }

  it('tells readings as they become durable', async () => {
    const [event] = await events(undefined, 1);
    const { body } = await service.get<{ readings: Row[] }>(
      `/readings?from=${event?.row.timestamp}&to=${new Date((event?.id ?? 0) + 1).toISOString()}`,
    );
    expect(body.readings).toEqual([event?.row]);
  });

  it('goes on after the last event that a client had, without a hole', async () => {
    const [first] = await events(undefined, 1);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const resumed = await events(String(first?.id), 2);
    const { body } = await service.get<{ readings: Row[] }>(
      `/readings?from=${new Date((first?.id ?? 0) + 1).toISOString()}`,
    );
    expect(resumed.slice(0, 2).map(({ row }) => row.timestamp)).toEqual(
      body.readings.slice(0, 2).map(({ timestamp }) => timestamp),
    );
  });
});
