import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface SensorFacts {
  state?: string;
  unit?: string;
  deviceClass?: string;
  lastUpdated?: string;
  lastReported?: string;
  attributes?: Record<string, unknown>;
}

/** A state as Home Assistant sends it. */
export function sensor(entityId: string, facts: SensorFacts = {}): Record<string, unknown> {
  const { state = '0', unit, deviceClass, lastUpdated = '2026-11-20T10:00:00+00:00', lastReported } = facts;
  return {
    entity_id: entityId,
    state,
    attributes: {
      ...(unit === undefined ? {} : { unit_of_measurement: unit }),
      ...(deviceClass === undefined ? {} : { device_class: deviceClass }),
      ...facts.attributes,
    },
    last_changed: lastUpdated,
    last_updated: lastUpdated,
    ...(lastReported === undefined ? {} : { last_reported: lastReported }),
    context: { id: '01JABCDEFGHJKMNPQRSTVWXYZ0', parent_id: null, user_id: null },
  };
}

export const json =
  (body: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

/** An HTTP server that answers each path of Home Assistant's API as the test says. */
export class ScriptedHomeAssistant {
  readonly token = 'long-lived-secret-token';
  readonly requests: string[] = [];
  states: unknown[] = [];
  config: Record<string, unknown> = {
    version: '2026.11.0',
    state: 'RUNNING',
    location_name: 'Home',
    time_zone: 'Europe/Berlin',
  };
  /** Overrides by path, without `/api`; the path `*` overrides all. */
  readonly answers = new Map<string, Answer>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start(): Promise<ScriptedHomeAssistant> {
    const home = new ScriptedHomeAssistant();
    await new Promise<void>((resolve) => home.server.listen(0, '127.0.0.1', resolve));
    return home;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace(/^\/api/, '');
    this.requests.push(`${request.method} ${request.url}`);
    const scripted = this.answers.get('*') ?? this.answers.get(path);
    if (scripted) return scripted(response, request);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401, { 'content-type': 'text/plain' }).end('401: Unauthorized');
      return;
    }
    const bodies: Record<string, unknown> = {
      '/': { message: 'API running.' },
      '/config': this.config,
      '/states': this.states,
    };
    if (path in bodies) json(bodies[path])(response, request);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('404: Not Found');
  }
}
