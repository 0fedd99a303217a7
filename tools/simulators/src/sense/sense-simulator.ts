import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import {
  jsonResponse,
  SimulatedRequest,
  SimulatedResponse,
  SimulatorClock,
  VendorSimulator,
} from '../shared';
import { LiveFeed } from './live-feed';
import { Rotation, SimulatedAccountOptions, SimulatedAccounts } from './simulated-accounts';
import { SimulatedMonitor, SimulatedMonitorOptions } from './simulated-monitor';
import { USAGE_SCALES, UsageScale } from './usage';

export interface SenseSimulatorOptions {
  readonly monitors: readonly SimulatedMonitorOptions[];
  readonly clock?: SimulatorClock;
  readonly email?: string;
  readonly password?: string;
  /** The code that log-ins want; left out: none. */
  readonly mfaCode?: string;
  readonly rotation?: Rotation;
  readonly tokenLifetimeMs?: number;
  /** Between two updates of the live feed, ms of real time, default 1000. */
  readonly feedIntervalMs?: number;
  /** After which the live feed ends a connection, ms of real time, default 15 minutes. */
  readonly longestConnectionMs?: number;
  readonly port?: number;
}

const API_PREFIX = '/apiservice/api/v1/';

/**
 * Sense's cloud for one account: REST and live feed on one port. Outages of a monitor go into its `outages`, faults of
 * the cloud into `faults`; frames of the feed match by their type as `command`.
 */
export class SenseSimulator extends VendorSimulator {
  readonly accounts: SimulatedAccounts;
  readonly monitors: readonly SimulatedMonitor[];
  readonly feed: LiveFeed;

  private constructor(options: SenseSimulatorOptions) {
    super(options.clock);
    const { clock } = this;
    this.monitors = options.monitors.map((monitor) => new SimulatedMonitor(monitor));
    this.accounts = new SimulatedAccounts(accountOptions(options), clock, () =>
      this.monitors.map((monitor) => monitor.listing()),
    );
    this.accounts.rotation = options.rotation ?? 'graceful';
    this.accounts.tokenLifetimeMs = options.tokenLifetimeMs ?? this.accounts.tokenLifetimeMs;
    this.feed = new LiveFeed({
      clock,
      accepts: (accessToken) => this.accounts.accepts(accessToken),
      monitor: (id) => this.findMonitor(id),
      faults: () => this.faults,
      intervalMs: options.feedIntervalMs ?? 1000,
      longestConnectionMs: options.longestConnectionMs ?? 15 * 60_000,
    });
  }

  static start(options: SenseSimulatorOptions): Promise<SenseSimulator> {
    return new SenseSimulator(options).serve(options.port);
  }

  /** For example `http://127.0.0.1:41234/apiservice/api/v1/`. */
  get apiUrl(): string {
    return `${this.url}${API_PREFIX}`;
  }

  /** For example `ws://127.0.0.1:41234`. */
  get realtimeUrl(): string {
    return this.url.replace('http:', 'ws:');
  }

  get email(): string {
    return this.accounts.options.email;
  }

  get password(): string {
    return this.accounts.options.password;
  }

  protected override handle({ method, path, query, headers, body }: SimulatedRequest): SimulatedResponse {
    if (!path.startsWith(API_PREFIX)) return notFound();
    const resource = path.slice(API_PREFIX.length);
    const deviceId = String(headers['x-sense-device-id'] ?? '');
    if (method === 'POST') {
      const form = new URLSearchParams(body.toString('utf8'));
      if (resource === 'authenticate') return this.accounts.authenticate(form, deviceId);
      if (resource === 'authenticate/mfa') return this.accounts.answerMfa(form, deviceId);
      return resource === 'renew' ? this.accounts.renew(form, deviceId) : notFound();
    }
    const accessToken = /^bearer (.+)$/.exec(String(headers.authorization ?? ''))?.[1] ?? '';
    if (!this.accounts.accepts(accessToken)) {
      return jsonResponse({ status: 'error', error_reason: 'Unauthorized' }, 401);
    }
    const answer = this.handleData(resource, query);
    return { ...answer, headers: { ...answer.headers, date: this.clock.now().toUTCString() } };
  }

  protected override upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.feed.upgrade(request, socket, head);
  }

  private handleData(resource: string, query: URLSearchParams): SimulatedResponse {
    if (resource === 'logout') return jsonResponse({});
    const now = this.clock.now();
    const snapshotOf = /^app\/([^/]+)\/realtime_update$/.exec(resource)?.[1];
    if (snapshotOf !== undefined) return this.snapshot(snapshotOf, now);
    const [, id = '', what = ''] = /^app\/monitors\/([^/]+)\/(.+)$/.exec(resource) ?? [];
    const monitor = this.findMonitor(id);
    if (!monitor) return notFound();
    switch (what) {
      case 'overview':
        return jsonResponse(monitor.overview());
      case 'status':
        return jsonResponse(monitor.status(now));
      case 'devices':
        return jsonResponse(monitor.inventory());
      case 'devices/overview':
        return jsonResponse({ devices: monitor.inventory(), device_data_checksum: 'decaf' });
      case 'history/usage':
      case 'history/usage/solar':
        return usageResponse(monitor, what === 'history/usage/solar', query, now);
      default:
        return notFound();
    }
  }

  /** What REST leaves out of an update: its time and what devices cost. */
  private snapshot(id: string, now: Date): SimulatedResponse {
    const monitor = this.findMonitor(id);
    if (!monitor) return notFound();
    const update = monitor.realtimeUpdate(now);
    const devices = update['devices'] as Record<string, unknown>[];
    return jsonResponse({
      ...update,
      epoch: undefined,
      devices: devices.map((device) => ({ ...device, c: undefined })),
    });
  }

  private findMonitor(id: string): SimulatedMonitor | undefined {
    return this.monitors.find((monitor) => String(monitor.id) === id);
  }
}

function usageResponse(
  monitor: SimulatedMonitor,
  isSolar: boolean,
  query: URLSearchParams,
  now: Date,
): SimulatedResponse {
  const start = new Date(`${(query.get('start') ?? '').replace(/Z$/, '')}Z`);
  const scale = query.get('scale') as UsageScale;
  if (
    !USAGE_SCALES.includes(scale) ||
    Number.isNaN(start.getTime()) ||
    (isSolar && !monitor.solarConfigured)
  ) {
    return jsonResponse({ status: 'error', error_reason: 'Bad Request' }, 400);
  }
  return jsonResponse(isSolar ? monitor.solarUsage(start, scale, now) : monitor.usage(start, scale, now));
}

function accountOptions(options: SenseSimulatorOptions): SimulatedAccountOptions {
  return {
    email: options.email ?? 'owner@example.com',
    password: options.password ?? 'correct horse battery staple',
    mfaCode: options.mfaCode ?? null,
    accountId: 51002,
    userId: 61003,
  };
}

function notFound(): SimulatedResponse {
  return jsonResponse({ status: 'error', error_reason: 'Not Found' }, 404);
}
