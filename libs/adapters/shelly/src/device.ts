import {
  Clock,
  expectObject,
  expectString,
  isJsonObject,
  JsonObject,
  MeterError,
  numberOrNull,
} from '@smart-meter/meter-adapter';
import { DeviceHttp, DeviceHttpOptions } from './access/device-http';
import { ChannelSample } from './channel';
import { parseGen1Status } from './gen1/gen1-status';
import { followStatus } from './gen2/follow-status';
import { parseFirstRecordTs, parseRecordPage, StoredRecord } from './gen2/records';
import { parseGen2Status } from './gen2/status';

/** Who a device is and what it measures. */
export interface DeviceIdentity {
  /** Stable: made from the network address that is burnt in. */
  id: string;
  name: string;
  model: string;
  /** 1 for HTTP with `emeters`, else RPC. */
  generation: number;
  channels: readonly ChannelIdentity[];
}

export interface ChannelIdentity {
  component: string;
  /** As its owner named it; null = not named. */
  name: string | null;
  hasPhases: boolean;
}

export interface DeviceReading {
  samples: readonly ChannelSample[];
  /** UTC. */
  at: Date;
}

/** Devices of the first generation do not tell by themselves and bear no more than this. */
const GEN1_INTERVAL_MS = 10_000;
/** A device's clock that is further off than this is not believed. */
const LONGEST_CLOCK_ERROR_MS = 60_000;

/** One Shelly of any generation. Who it is is asked at first, and again when something else answers. */
export class ShellyDevice {
  readonly host: string;
  private readonly http: DeviceHttp;
  private known: DeviceIdentity | undefined;
  private mac = '';
  private clockIsDoubted = false;

  constructor(private readonly options: DeviceHttpOptions & { warn(message: string): void }) {
    this.host = options.host;
    this.http = new DeviceHttp(options);
  }

  /** What is known of it; undefined before it has answered. */
  get identity(): DeviceIdentity | undefined {
    return this.known;
  }

  /** The values now, by HTTP. Throws `MeterError`. */
  async read(signal: AbortSignal): Promise<DeviceReading> {
    const identity = this.known ?? (await this.identify(signal));
    const { status, receivedAt } = await this.fetchStatus(identity.generation, signal);
    const samples = samplesOf(identity.generation, status);
    if (this.isSame(identity, status, samples)) return { samples, at: receivedAt };
    const now = await this.identify(signal);
    return { samples: samplesOf(now.generation, status), at: receivedAt };
  }

  /** Asks the device who it is. Throws `MeterError`. */
  async identify(signal: AbortSignal): Promise<DeviceIdentity> {
    const { value } = await this.http.get('/shelly', 'shelly', signal);
    const info = expectObject(value, '/shelly');
    this.mac = expectString(info['mac'], '/shelly mac').toUpperCase();
    const generation = numberOrNull(info['gen']) ?? 1;
    this.known =
      generation < 2 ? await this.identifyGen1(info, signal) : await this.identifyGen2(info, signal);
    return this.known;
  }

  /**
   * Tells every change until the signal aborts, and rejects then with its reason.
   * Throws `MeterError` when the connection ends.
   */
  async follow(onReading: (reading: DeviceReading) => void, signal: AbortSignal): Promise<never> {
    const { clock, host, password, onRequest } = this.options;
    const identity = await this.identify(signal);
    if (identity.generation < 2) {
      for (;;) {
        onReading(await this.read(signal));
        await clock.sleep(GEN1_INTERVAL_MS, signal);
      }
    }
    return followStatus({
      host,
      http: this.http,
      clock,
      signal,
      onRequest,
      ...(password === undefined ? {} : { password }),
      onStatus: (status, measuredAt) => {
        const samples = parseGen2Status(status);
        if (!this.isSame(identity, {}, samples)) {
          throw new MeterError('unavailable', `The Shelly ${host} has other channels now: connecting anew`);
        }
        onReading({ samples, at: this.believed(measuredAt, clock) });
      },
    });
  }

  /** Whether a channel's past is stored on the device. */
  remembers(component: string): boolean {
    return /^em1?:/.test(component);
  }

  /** From when on a channel has records; null = it has none. Throws `MeterError`. */
  async firstRecordAt(component: string, signal: AbortSignal): Promise<Date | null> {
    const [kind, id] = dataComponent(component);
    const { value } = await this.http.get(
      `/rpc/${kind}.GetRecords?id=${id}&ts=0`,
      `${kind}.GetRecords`,
      signal,
    );
    const ts = parseFirstRecordTs(value);
    return ts === null ? null : new Date(ts * 1000);
  }

  /** The records that begin at `fromTs` or later, and before `toTs`, s; oldest first. Throws `MeterError`. */
  async records(
    component: string,
    fromTs: number,
    toTs: number,
    signal: AbortSignal,
  ): Promise<StoredRecord[]> {
    const [kind, id] = dataComponent(component);
    const records: StoredRecord[] = [];
    for (let ts = fromTs; ts < toTs;) {
      const target = `/rpc/${kind}.GetData?id=${id}&ts=${ts}&end_ts=${toTs}`;
      const { value } = await this.http.get(target, `${kind}.GetData`, signal);
      const page = parseRecordPage(value, component);
      records.push(...page.records);
      // A page that does not lead on would be asked for for ever.
      ts = page.nextTs !== null && page.nextTs > ts ? page.nextTs : toTs;
    }
    return records;
  }

  private async identifyGen1(info: JsonObject, signal: AbortSignal): Promise<DeviceIdentity> {
    const { value } = await this.http.get('/settings', 'settings', signal);
    const model = textOrNull(info['type']) ?? 'Shelly';
    const id = `${model.toLowerCase()}-${this.mac.toLowerCase()}`;
    const name = textOrNull(expectObject(value, '/settings')['name']) ?? id;
    const { status } = await this.fetchStatus(1, signal);
    const channels = parseGen1Status(status).map(({ component }) => ({
      component,
      name: null,
      hasPhases: false,
    }));
    return { id, name, model, generation: 1, channels };
  }

  private async identifyGen2(info: JsonObject, signal: AbortSignal): Promise<DeviceIdentity> {
    const { value } = await this.http.get('/rpc/Shelly.GetConfig', 'Shelly.GetConfig', signal);
    const config = expectObject(value, 'Shelly.GetConfig');
    const { status } = await this.fetchStatus(2, signal);
    const id = expectString(info['id'], '/shelly id');
    const channels = parseGen2Status(status).map(({ component, phases }) => {
      const settings = config[component];
      const name = isJsonObject(settings) ? textOrNull(settings['name']) : null;
      return { component, name, hasPhases: phases.length > 0 };
    });
    const model = textOrNull(info['app']) ?? textOrNull(info['model']) ?? 'Shelly';
    return {
      id,
      name: textOrNull(info['name']) ?? id,
      model,
      generation: numberOrNull(info['gen']) ?? 2,
      channels,
    };
  }

  private async fetchStatus(generation: number, signal: AbortSignal) {
    const [target, operation] =
      generation < 2 ? ['/status', 'status'] : ['/rpc/Shelly.GetStatus', 'Shelly.GetStatus'];
    const { value, receivedAt } = await this.http.get(target, operation, signal);
    return { status: expectObject(value, operation), receivedAt };
  }

  /** Whether it is still the same device with the same channels; one that is starting may show none. */
  private isSame(identity: DeviceIdentity, status: JsonObject, samples: readonly ChannelSample[]): boolean {
    const sys = isJsonObject(status['sys']) ? status['sys'] : status;
    const mac = sys['mac'];
    if (typeof mac === 'string' && mac.toUpperCase() !== this.mac) return false;
    const components = samples.map(({ component }) => component);
    const known = new Set(identity.channels.map(({ component }) => component));
    return components.every((component) => known.has(component));
  }

  private believed(measuredAt: Date | null, clock: Clock): Date {
    const now = clock.now();
    if (measuredAt && Math.abs(measuredAt.getTime() - now.getTime()) <= LONGEST_CLOCK_ERROR_MS)
      return measuredAt;
    if (measuredAt && !this.clockIsDoubted) {
      this.clockIsDoubted = true;
      this.options.warn(
        `The clock of the Shelly ${this.host} is wrong: the time of arrival is taken instead`,
      );
    }
    return now;
  }
}

function samplesOf(generation: number, status: JsonObject): ChannelSample[] {
  return generation < 2 ? parseGen1Status(status) : parseGen2Status(status);
}

/** `em1:2` stores its past as `EM1Data` with the id 2. */
function dataComponent(component: string): [kind: string, id: string] {
  const [kind = '', id = ''] = component.split(':');
  return [`${kind.toUpperCase()}Data`, id];
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
