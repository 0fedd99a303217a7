import { isJsonObject, isMeterError, JsonObject, MeterError } from '@smart-meter/meter-adapter';
import { SenseAccount } from '../sense-account';
import { Access } from '../session/sense-api';
import { hasSnapshot } from './firmware';
import { LiveUpdate, parseLiveUpdate } from './live-update';
import { FeedOptions, readFeed } from './realtime-feed';

const FIRMWARE_CHECK_INTERVAL_MS = 24 * 60 * 60_000;
/** A short read hangs on no longer than this for an update. */
const SHORT_READ_SILENCE_MS = 10_000;
const STREAM_SILENCE_MS = 30_000;
/** Monitors measure about every second. */
const SILENT_AFTER_MS = 60_000;

/** Live updates of one monitor: one REST request where its firmware allows, else a short read of the live feed. */
export class LiveSource {
  private firmware: { version: string | null; checkedAtMs: number } | null = null;
  private lastFrame: { frame: number; firstSeenMs: number } | null = null;

  constructor(private readonly account: SenseAccount) {}

  /** The monitor's firmware as last read; null before, or where Sense does not say. */
  get firmwareVersion(): string | null {
    return this.firmware?.version ?? null;
  }

  /** One update, and when it was had. Throws `MeterError`. */
  async read(monitorId: string, signal: AbortSignal): Promise<{ update: LiveUpdate; receivedAt: Date }> {
    if (!(await this.usesRest(monitorId, signal))) return this.readShortly(monitorId, signal);
    const { value, receivedAt, sentAt } = await this.account.get(`app/${monitorId}/realtime_update`, signal);
    const update = parseLiveUpdate(value);
    this.expectFresh(update, sentAt);
    return { update, receivedAt };
  }

  /** Whether the firmware has the REST request; asked for at most once a day. */
  async usesRest(monitorId: string, signal: AbortSignal): Promise<boolean> {
    const nowMs = this.account.clock.monotonicMs();
    if (!this.firmware || nowMs - this.firmware.checkedAtMs >= FIRMWARE_CHECK_INTERVAL_MS) {
      this.firmware = { version: await this.fetchFirmwareVersion(monitorId, signal), checkedAtMs: nowMs };
    }
    return hasSnapshot(this.firmware.version);
  }

  private async fetchFirmwareVersion(monitorId: string, signal: AbortSignal): Promise<string | null> {
    try {
      const { value } = await this.account.get(`app/monitors/${monitorId}/status`, signal);
      const info = isJsonObject(value) && isJsonObject(value['monitor_info']) ? value['monitor_info'] : {};
      return typeof info['version'] === 'string' ? info['version'] : null;
    } catch (error) {
      const known = this.firmwareVersion;
      // Firmware is not taken back: what was read a day ago serves where only this answer is strange.
      if (known !== null && isMeterError(error) && error.code === 'malformed_response') return known;
      throw error;
    }
  }

  /**
   * Holds the live feed until the signal aborts.
   * Throws `MeterError`, with `retryable` where connecting anew may help; a refused token is renewed before.
   */
  async hold(
    monitorId: string,
    onUpdate: (update: LiveUpdate) => void,
    onDataChange: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    let hasFlowed = false;
    await this.account.withAccess(async (access) => {
      if (hasFlowed) {
        throw new MeterError('unavailable', 'the token of the live feed ended: connecting with the new one');
      }
      await this.readThroughGate({
        ...this.feed(monitorId, access, signal),
        silenceMs: STREAM_SILENCE_MS,
        onDataChange,
        onUpdate: (payload) => {
          const update = parseLiveUpdate(payload);
          hasFlowed = true;
          onUpdate(update);
          return false;
        },
      });
    }, signal);
  }

  /** Connects, takes the first update that speaks of devices, and closes: a held stream may disturb the Sense app. */
  private async readShortly(
    monitorId: string,
    signal: AbortSignal,
  ): Promise<{ update: LiveUpdate; receivedAt: Date }> {
    const payload = await this.account.withAccess(async (access) => {
      let first: JsonObject | null = null;
      await this.readThroughGate({
        ...this.feed(monitorId, access, signal),
        silenceMs: SHORT_READ_SILENCE_MS,
        onUpdate: (candidate) => {
          const isSecond = first !== null;
          first = candidate;
          return 'devices' in candidate || isSecond;
        },
      });
      return first;
    }, signal);
    return { update: parseLiveUpdate(payload), receivedAt: this.account.clock.now() };
  }

  private async readThroughGate(options: FeedOptions): Promise<void> {
    const { gate } = this.account;
    gate.check();
    this.account.countRequest('realtimefeed');
    try {
      await readFeed(options);
    } catch (error) {
      throw isMeterError(error) && error.code === 'rate_limited' ? gate.failed(error) : error;
    }
  }

  private feed(monitorId: string, access: Access, signal: AbortSignal) {
    const path = `/monitors/${encodeURIComponent(monitorId)}/realtimefeed`;
    return {
      url: `${this.account.realtimeUrl}${path}?access_token=${encodeURIComponent(access.accessToken)}`,
      deviceId: access.deviceId,
      clock: this.account.clock,
      signal,
    };
  }

  /** Sense goes on answering with the last update of a monitor that has lost its connection: that is not "now". */
  private expectFresh({ measuredAt, frame }: LiveUpdate, sentAt: Date): void {
    const nowMs = this.account.clock.monotonicMs();
    if (frame !== null && this.lastFrame?.frame !== frame) this.lastFrame = { frame, firstSeenMs: nowMs };
    const sameFrameMs = frame !== null && this.lastFrame ? nowMs - this.lastFrame.firstSeenMs : 0;
    const oldMs = measuredAt ? sentAt.getTime() - measuredAt.getTime() : 0;
    const silentMs = Math.max(sameFrameMs, oldMs);
    if (silentMs < SILENT_AFTER_MS) return;
    throw new MeterError(
      'unavailable',
      `the Sense monitor has sent nothing new for ${Math.round(silentMs / 1000)} s: see whether it has power and reaches the home network`,
    );
  }
}
