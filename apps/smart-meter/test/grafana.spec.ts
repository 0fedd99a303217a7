import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHousehold } from '@smart-meter/household';
import { encodeReading } from '@smart-meter/influx-writer';
import {
  describeWithServer,
  INFLUXDB,
  InfluxDbServer,
  PROMETHEUS,
  PrometheusServer,
  startInfluxDb,
  startPrometheus,
} from '@smart-meter/servers';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { parse, stringify } from 'yaml';
import { WORKSPACE } from './support/documentation';
import { RunningService, waitFor } from './support/running-service';

interface Panel {
  title: string;
  datasource: { uid: string };
  targets: { query?: string; expr?: string }[];
}

const deploy = (...path: string[]) => join(WORKSPACE, 'deploy', ...path);
const text = (path: string) => readFileSync(path, 'utf8');
const panels = readdirSync(deploy('grafana', 'dashboards')).flatMap(
  (file) => (JSON.parse(text(deploy('grafana', 'dashboards', file))) as { panels: Panel[] }).panels,
);
const targets = panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));
const expressions = targets.flatMap(({ title, expr }) => (expr === undefined ? [] : [{ title, expr }]));
const queries = targets.flatMap(({ title, query }) => (query === undefined ? [] : [{ title, query }]));

it('the dashboards ask data sources that are provisioned', () => {
  const { datasources } = parse(
    text(deploy('grafana', 'provisioning', 'datasources', 'datasources.yaml')),
  ) as { datasources: { uid: string }[] };
  const asked = panels.map(({ datasource }) => datasource.uid);
  expect([...new Set(asked)].sort()).toEqual(datasources.map(({ uid }) => uid).sort());
  expect(expressions.length + queries.length).toBe(targets.length);
});

describeWithServer(PROMETHEUS, 'the panels of Prometheus', () => {
  let homeAssistant: HomeAssistantSimulator;
  let service: RunningService;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    homeAssistant = await HomeAssistantSimulator.start({ household: createHousehold({ seed: 1 }) });
    service = await RunningService.start({
      LOG_LEVEL: 'fatal',
      HOME_ASSISTANT_URL: homeAssistant.url,
      HOME_ASSISTANT_TOKEN: homeAssistant.token,
    });
    const configuration = parse(text(deploy('prometheus', 'prometheus.yml'))) as {
      scrape_configs: {
        job_name: string;
        scrape_interval: string;
        static_configs: { targets: string[] }[];
      }[];
    };
    const jobs = configuration.scrape_configs.filter(({ job_name }) => job_name === 'smart-meter');
    expect(jobs.map(({ static_configs }) => static_configs)).toEqual([[{ targets: ['smart-meter:8014'] }]]);
    for (const job of jobs) {
      job.scrape_interval = '1s';
      job.static_configs = [{ targets: [new URL(service.url).host] }];
    }
    prometheus = await startPrometheus(stringify({ ...configuration, scrape_configs: jobs }));
    await waitFor(
      'a rate, which two scrapes make',
      async () => (await prometheus.query('rate(smart_meter_readings_total[5m])')).length > 0,
      60_000,
    );
  }, 120_000);

  afterAll(async () => {
    await prometheus?.stop();
    await service?.stop();
    await homeAssistant?.close();
  });

  it.each(expressions)('$title: $expr', async ({ expr }) => {
    expect(await prometheus.query(expr)).not.toEqual([]);
  });
});

describeWithServer(INFLUXDB, 'the panels of InfluxDB', () => {
  let influx: InfluxDbServer;

  beforeAll(async () => {
    influx = await startInfluxDb();
    await influx.createDatabase('home');
    const { lineProtocol } = encodeReading(
      {
        meterId: 'm',
        observedAt: new Date(Date.now() - 60_000),
        averagedOverS: 0,
        totalPowerW: 1,
        dailyKwh: 1,
        gridPowerW: 1,
        solarPowerW: 1,
        batteryPowerW: 1,
        circuits: [{ id: 'c', name: 'c', powerW: 1, percentage: 100 }],
        provenance: 'live',
      },
      { meterType: 'home_assistant', tagMeterId: false },
    );
    // As energy-correlator writes it.
    const correlation = `event_energy_correlation,entity_id=light.kitchen power_delta_w=60 ${Date.now() - 60_000}`;
    const { status } = await fetch(`${influx.url}/write?db=home&precision=ms`, {
      method: 'POST',
      body: `${lineProtocol}\n${correlation}`,
    });
    expect(status).toBe(204);
  }, 60_000);

  afterAll(() => influx?.stop());

  it.each(queries)('$title: $query', async ({ query }) => {
    const asked = query.replaceAll('$timeFilter', 'time > now() - 1h').replaceAll('$__interval', '10s');
    const series = await influx.query(asked, 'home');
    expect(series.flatMap(({ values }) => values).some((row) => row.at(-1) !== null)).toBe(true);
  });
});
