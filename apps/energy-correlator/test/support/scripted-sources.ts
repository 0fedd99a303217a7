import { createServer, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { ScriptedHome } from './scripted-home';

const POWER_EVERY_MS = 10_000;

/** A scripted home behind smart-meter's API (`/readings`) and behind InfluxQL (`/query`), whatever time it is. */
export class ScriptedSources {
  private constructor(
    private readonly home: ScriptedHome,
    private readonly server: Server,
  ) {}

  static async start(home: ScriptedHome): Promise<ScriptedSources> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname === '/readings') {
        sources.readings(url.searchParams, response);
        return;
      }
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => sources.query(new URLSearchParams(body).get('q') ?? '', response));
    });
    const sources = new ScriptedSources(home, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return sources;
  }

  /** The environment of a correlator that reads this home. */
  get environment(): Record<string, string> {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return { SMART_METER_URL: url, INFLUXDB_URL: url, EVENT_SOURCE: 'influxdb', TIME_ZONE: 'UTC' };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private readings(query: URLSearchParams, response: ServerResponse): void {
    const toMs = Date.parse(query.get('to') ?? '');
    let atMs = Math.ceil(Date.parse(query.get('from') ?? '') / POWER_EVERY_MS) * POWER_EVERY_MS;
    let text = '';
    for (; atMs < toMs; atMs += POWER_EVERY_MS) {
      const at = new Date(atMs);
      const total_power_w = this.home.powerAt(at);
      text += `${JSON.stringify({ timestamp: at, averaged_over_s: 0, provenance: 'live', total_power_w, circuits: [] })}\n`;
    }
    response.end(text);
  }

  private query(statement: string, response: ServerResponse): void {
    const [, from = '0', to = '0'] = /time >= (-?\d+)ms AND time < (-?\d+)ms/.exec(statement) ?? [];
    const values = this.home.events
      .filter(({ at }) => at.getTime() >= Number(from) && at.getTime() < Number(to))
      .map(({ at, entityId, state, previousState }) => [at.getTime(), entityId, state, previousState]);
    const columns = ['time', 'entity_id', 'state_value', 'previous_state'];
    const series = values.length === 0 ? [] : [{ name: 'home_assistant_events', columns, values }];
    response.end(JSON.stringify({ results: [{ series }] }));
  }
}
