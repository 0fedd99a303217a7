import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

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
  /** Results of WebSocket commands; one that is not here is unknown. */
  readonly results = new Map<string, unknown>();
  refusesWebSockets = false;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
    this.server.on('upgrade', (request, socket, head) => {
      if (this.refusesWebSockets)
        return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
      this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const send = (message: unknown) => webSocket.send(JSON.stringify(message));
        send({ type: 'auth_required', ha_version: '2026.11.0' });
        webSocket.on('message', (data: Buffer) => send(this.reply(JSON.parse(data.toString('utf8')))));
      });
    });
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
    this.sockets.clients.forEach((webSocket) => webSocket.terminate());
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private reply({ id, type, access_token: token }: Record<string, unknown>): unknown {
    if (type === 'auth')
      return { type: token === this.token ? 'auth_ok' : 'auth_invalid', ha_version: '2026.11.0' };
    return this.results.has(String(type))
      ? { id, type: 'result', success: true, result: this.results.get(String(type)) }
      : {
          id,
          type: 'result',
          success: false,
          error: { code: 'unknown_command', message: 'Unknown command.' },
        };
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
