import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import {
  dayBefore,
  jsonResponse,
  SimulatedRequest,
  SimulatedResponse,
  SimulatorClock,
  VendorSimulator,
} from '../shared';
import { Json, ShellyChannel, SimulatedComponent } from './components';
import { DigestGuard, Verdict } from './digest-guard';
import { RecordStore } from './records';

export interface ShellySimulatorOptions {
  readonly channels: readonly ShellyChannel[];
  readonly clock?: SimulatorClock;
  /** Twelve hexadecimal digits. */
  readonly mac?: string;
  readonly name?: string;
  readonly app?: string;
  /** Left out: the device asks for none. */
  readonly password?: string;
  /** A whole minute; default a day ago. */
  readonly installedAt?: Date;
  readonly keptDays?: number;
  readonly rowsPerAnswer?: number;
  /** Between two updates to those who listen, ms of real time; left out: only `pushUpdate` sends. */
  readonly updateEveryMs?: number;
  readonly port?: number;
}

interface Listener {
  readonly socket: WebSocket;
  readonly destination: string;
  /** What it was told last, as JSON per key of each component. */
  readonly told: Map<string, string>;
}

/** A Shelly of the second generation or later: RPC over HTTP and WebSocket, digest authentication, stored minutes. */
export class ShellySimulator extends VendorSimulator {
  readonly guard: DigestGuard;
  readonly records: RecordStore;
  readonly id: string;
  /** How far the device's own clock is off, ms. */
  clockOffsetMs = 0;
  private readonly mac: string;
  private readonly installedAt: Date;
  private readonly overrides = new Map<string, Json | null>();
  private readonly listeners = new Set<Listener>();
  private readonly webSockets = new WebSocketServer({ noServer: true });
  private components: SimulatedComponent[];
  private ticking: NodeJS.Timeout | undefined;

  private constructor(private readonly options: ShellySimulatorOptions) {
    super(options.clock);
    this.mac = options.mac ?? 'A0B1C2D3E4F5';
    this.id = `shelly${(options.app ?? 'Pro3EM').toLowerCase()}-${this.mac.toLowerCase()}`;
    this.guard = new DigestGuard(this.id, options.password ?? null);
    this.installedAt = options.installedAt ?? dayBefore(this.clock.now());
    this.records = new RecordStore({
      installedAtMs: this.installedAt.getTime(),
      keptDays: options.keptDays ?? 60,
      rowsPerAnswer: options.rowsPerAnswer ?? 120,
    });
    this.components = this.build(options.channels);
    if (options.updateEveryMs !== undefined) {
      this.ticking = setInterval(() => this.pushUpdate(), options.updateEveryMs);
    }
  }

  static start(options: ShellySimulatorOptions): Promise<ShellySimulator> {
    return new ShellySimulator(options).serve(options.port);
  }

  get openStreams(): number {
    return this.listeners.size;
  }

  /** Sends everyone who listens what has changed since the last time. */
  pushUpdate(): void {
    const status = this.status();
    for (const listener of this.listeners) {
      const changes = changedKeys(status, listener.told);
      if (Object.keys(changes).length > 0) this.notify(listener, 'NotifyStatus', changes);
    }
  }

  pushEvent(event: Json): void {
    for (const listener of this.listeners) {
      this.notify(listener, 'NotifyEvent', { events: [{ ts: this.ts(), ...event }] });
    }
  }

  /** Lays values over the status of a component such as `em:0`; null takes the component away, undefined the layer. */
  override(key: string, values: Json | null | undefined): void {
    if (values === undefined) this.overrides.delete(key);
    else this.overrides.set(key, values);
  }

  /** Another profile: the device starts anew with other channels and empty counters. */
  setChannels(channels: readonly ShellyChannel[]): void {
    this.components = this.build(channels);
    this.dropConnections();
  }

  override close(): Promise<void> {
    clearInterval(this.ticking);
    return super.close();
  }

  private build(channels: readonly ShellyChannel[]): SimulatedComponent[] {
    const next = new Map<string, number>();
    return channels.map((channel) => {
      const id = next.get(channel.component) ?? 0;
      next.set(channel.component, id + 1);
      return new SimulatedComponent(channel, id, this.installedAt);
    });
  }

  protected override handle(request: SimulatedRequest): SimulatedResponse {
    const { path, query } = request;
    if (path === '/shelly') return jsonResponse(this.deviceInfo());
    const method = /^\/rpc\/([A-Za-z0-9.]+)$/.exec(path)?.[1];
    if (method === undefined) return { status: 404, body: 'Not Found' };
    if (method !== 'Shelly.GetDeviceInfo') {
      const target = query.size === 0 ? path : `${path}?${query.toString()}`;
      const verdict = this.guard.judgeRequest({ ...request, target });
      if (verdict !== 'welcome') return this.guard.refuseRequest(verdict);
    }
    const params = Object.fromEntries([...query].map(([key, value]) => [key, JSON.parse(value) as unknown]));
    const answer = this.call(method, params);
    return 'error' in answer ? jsonResponse(answer.error, 500) : jsonResponse(answer.result);
  }

  protected override upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate());
      webSocket.on('message', (data) => this.receive(webSocket, String(data)));
    });
  }

  private receive(socket: WebSocket, text: string): void {
    const frame = JSON.parse(text) as Json;
    const method = String(frame['method']);
    const destination = String(frame['src'] ?? '');
    this.counters.countRequest(`RPC ${method}`);
    const fault = this.faults.take({ method: 'GET', path: '/rpc', command: method });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop') {
      socket.terminate();
      return;
    }
    const verdict: Verdict =
      method === 'Shelly.GetDeviceInfo' ? 'welcome' : this.guard.judgeFrame(frame['auth']);
    const answer =
      verdict === 'welcome'
        ? this.call(method, (frame['params'] ?? {}) as Json)
        : { error: this.guard.refuseFrame(verdict) };
    const reply = JSON.stringify({ id: frame['id'], src: this.id, dst: destination, ...answer });
    if (fault?.kind === 'body') socket.send(fault.body);
    else socket.send(fault?.kind === 'rewrite' ? fault.rewrite(reply) : reply);
    if (verdict === 'welcome' && destination !== '') this.listen(socket, destination);
  }

  private listen(socket: WebSocket, destination: string): void {
    if ([...this.listeners].some((listener) => listener.socket === socket)) return;
    const listener: Listener = { socket, destination, told: new Map() };
    changedKeys(this.status(), listener.told);
    this.listeners.add(listener);
    socket.on('close', () => this.listeners.delete(listener));
  }

  private notify({ socket, destination }: Listener, method: string, params: Json): void {
    const frame = JSON.stringify({
      src: this.id,
      dst: destination,
      method,
      params: { ts: this.ts(), ...params },
    });
    const fault = this.faults.take({ method: 'GET', path: '/rpc', command: method });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop') socket.terminate();
    else if (fault?.kind === 'body') socket.send(fault.body);
    else socket.send(fault?.kind === 'rewrite' ? fault.rewrite(frame) : frame);
  }

  private call(method: string, params: Json): { result: unknown } | { error: Json } {
    const [, kind, action] = /^(EM1?Data)\.(GetRecords|GetData)$/.exec(method) ?? [];
    if (kind !== undefined) {
      const component = this.components.find(
        ({ dataComponent, id }) => dataComponent === kind.toLowerCase() && id === params['id'],
      );
      if (!component)
        return { error: { code: -105, message: `Argument 'id', value ${String(params['id'])} not found!` } };
      const from = Number(params['ts'] ?? 0);
      const end = params['end_ts'] === undefined ? null : Number(params['end_ts']);
      const now = this.clock.now();
      return {
        result:
          action === 'GetRecords'
            ? this.records.getRecords(from, now)
            : this.records.getData(component, from, end, now),
      };
    }
    switch (method) {
      case 'Shelly.GetDeviceInfo':
        return { result: this.deviceInfo() };
      case 'Shelly.GetStatus':
        return { result: this.status() };
      case 'Shelly.GetConfig':
        return { result: this.config() };
      default:
        return { error: { code: 404, message: `No handler for ${method}` } };
    }
  }

  private deviceInfo(): Json {
    const isThreePhase = this.components.some(({ key }) => key.startsWith('em:'));
    return {
      name: this.options.name ?? null,
      id: this.id,
      mac: this.mac,
      model: 'SPEM-003CEBEU',
      gen: 2,
      ver: '2.0.0',
      app: this.options.app ?? 'Pro3EM',
      auth_en: this.options.password !== undefined,
      auth_domain: this.options.password === undefined ? null : this.id,
      profile: isThreePhase ? 'triphase' : 'monophase',
    };
  }

  private status(): Record<string, Json> {
    const now = this.clock.now();
    const status = Object.assign(
      { sys: { mac: this.mac, unixtime: Math.floor(this.ts()) } },
      ...this.components.map((component) => component.status(now)),
    ) as Record<string, Json>;
    for (const [key, values] of this.overrides) {
      if (values === null) delete status[key];
      else status[key] = { ...status[key], ...values };
    }
    return status;
  }

  private config(): Json {
    const sys = { device: { name: this.options.name ?? null, mac: this.mac } };
    return Object.assign({ sys }, ...this.components.map((component) => component.config())) as Json;
  }

  /** The device's own time, s. */
  private ts(): number {
    return (this.clock.now().getTime() + this.clockOffsetMs) / 1000;
  }
}

/** Component by component what was not told yet, and takes note of it. */
function changedKeys(status: Readonly<Record<string, Json>>, told: Map<string, string>): Json {
  const changes: Json = {};
  for (const [component, values] of Object.entries(status)) {
    if (component === 'sys') continue;
    const changed = Object.entries(values).filter(([key, value]) => {
      const [name, text] = [`${component}.${key}`, JSON.stringify(value)];
      const isNew = told.get(name) !== text;
      told.set(name, text);
      return isNew;
    });
    if (changed.length > 0) changes[component] = { id: values['id'], ...Object.fromEntries(changed) };
  }
  for (const component of new Set([...told.keys()].map((name) => name.split('.')[0] ?? ''))) {
    if (component in status) continue;
    changes[component] = null;
    for (const name of [...told.keys()]) if (name.startsWith(`${component}.`)) told.delete(name);
  }
  return changes;
}
