import { Clock, DEFAULT_RETRY_POLICY, RetryPolicy, systemClock } from '@smart-meter/meter-adapter';
import { Answer, FAULT_SENTENCES, FaultCode, faultCode } from './answer';
import { BatchLimits } from './batch-limits';
import { DeliveryError, DeliveryLog, DeliveryState, DeliveryStatus } from './delivery-status';
import { InfluxTransport } from './influx-transport';
import { Outbox, OutboxEntry, RejectedLine } from './outbox';
import { Pass, RetryGate } from './retry-gate';
import { Interruption, settleEntries } from './settlement';
import { InfluxTarget, writeEndpoint } from './target';

export interface DeliveryPolicy {
  /** Requests at a time. */
  concurrency: number;
  maxLinesPerRequest: number;
  maxBytesPerRequest: number;
  requestTimeoutMs: number;
  /** Whether bodies are compressed. Default: unless the server is on this machine. */
  gzip?: boolean;
  retry: RetryPolicy;
  /** Faults in a row after which a passing fault raises the alarm. */
  alarmAfterFailures: number;
}

export const DEFAULT_DELIVERY_POLICY: DeliveryPolicy = {
  concurrency: 2,
  maxLinesPerRequest: 5_000,
  maxBytesPerRequest: 1024 * 1024,
  requestTimeoutMs: 30_000,
  retry: { ...DEFAULT_RETRY_POLICY, firstDelayMs: 500, longestDelayMs: 60_000 },
  alarmAfterFailures: 5,
};

export interface DeliveryOptions {
  outbox: Outbox;
  target: InfluxTarget;
  policy?: Partial<DeliveryPolicy>;
  clock?: Clock;
  /** 0 <= random() < 1 */
  random?: () => number;
  log?: DeliveryLog;
}

/** Smaller requests would be no help. */
const ASKS_FOR_PATIENCE = new Set([429, 503]);
/** What was enqueued within this time does not wait for the backlog. */
const FRESH_FOR_MS = 30_000;

/**
 * Brings the lines of an outbox to InfluxDB: each until it is acknowledged or refused as itself.
 * Everything that waits, waits in the outbox: a kill at any instant costs a resend and nothing else.
 */
export class Delivery {
  private readonly outbox: Outbox;
  private readonly clock: Clock;
  private readonly log: DeliveryLog;
  private readonly policy: DeliveryPolicy;
  private readonly transport: InfluxTransport;
  private readonly limits: BatchLimits;
  private readonly gate: RetryGate;
  private readonly ended = new AbortController();
  private readonly underWay = new Set<number>();
  /** Takes happen one after the other, so that no two lanes get the same entry. */
  private lastTake: Promise<unknown> = Promise.resolve();
  private appended = Promise.withResolvers<void>();
  private lanes: Promise<unknown> | undefined;
  private unsubscribe = () => {};
  private isDraining = false;
  /** Something was appended since the fresh lane last looked. */
  private hasFresh = true;
  private isWell = true;
  private isBlocked = false;
  private alarm: string | null = null;
  private lastError: DeliveryError | null = null;
  private lastSuccessAt: Date | null = null;
  private readonly counts = { sentLines: 0, rejectedLines: 0, requests: 0, retries: 0 };

  /** Throws `MeterError` `configuration` for a target that cannot be one. Does no I/O. */
  constructor(options: DeliveryOptions) {
    this.outbox = options.outbox;
    this.clock = options.clock ?? systemClock;
    this.log = options.log ?? (() => undefined);
    this.policy = { ...DEFAULT_DELIVERY_POLICY, ...options.policy };
    const endpoint = writeEndpoint(options.target);
    this.transport = new InfluxTransport({
      endpoint,
      clock: this.clock,
      timeoutMs: this.policy.requestTimeoutMs,
      gzip: this.policy.gzip ?? !endpoint.isLoopback,
      maxSockets: this.policy.concurrency,
    });
    this.limits = new BatchLimits(this.policy.maxLinesPerRequest, this.policy.maxBytesPerRequest);
    this.gate = new RetryGate(this.clock, this.policy.retry, options.random ?? Math.random);
  }

  /** Starts to deliver and returns at once. A delivery that was stopped stays so. */
  start(): void {
    if (this.lanes !== undefined || this.ended.signal.aborted) return;
    this.unsubscribe = this.outbox.onAppended(() => this.wake());
    const lanes = Array.from({ length: this.policy.concurrency }, (_, lane) => this.runLane(lane));
    this.lanes = Promise.all(lanes);
  }

  /**
   * Delivers what is queued until the outbox is empty or the time is up; what is left stays there.
   * @param withinMs how long this may take
   * @returns the status at the end
   */
  async stop(withinMs: number): Promise<DeliveryStatus> {
    this.isDraining = true;
    this.unsubscribe();
    this.wake();
    const timer = new AbortController();
    if (this.gate.remainingMs > withinMs) this.ended.abort();
    const timeIsUp = this.clock.sleep(withinMs, timer.signal).then(
      () => this.ended.abort(),
      () => undefined, // The lanes were faster.
    );
    await this.lanes;
    timer.abort();
    await timeIsUp;
    this.ended.abort();
    this.transport.close();
    return this.status();
  }

  async status(): Promise<DeliveryStatus> {
    const { entries, lines, bytes, oldestEnqueuedAtMs, quarantinedLines, droppedLines } =
      await this.outbox.stats();
    return {
      state: this.state(entries),
      alarm: this.alarm,
      queuedEntries: entries,
      queuedLines: lines,
      queuedBytes: bytes,
      oldestAgeMs:
        oldestEnqueuedAtMs === null ? null : Math.max(0, this.clock.now().getTime() - oldestEnqueuedAtMs),
      ...this.counts,
      quarantinedLines,
      droppedLines,
      lastSuccessAt: this.lastSuccessAt,
      lastError: this.lastError,
    };
  }

  private state(queuedEntries: number): DeliveryState {
    if (this.lanes === undefined || this.ended.signal.aborted) return 'stopped';
    if (this.isBlocked) return 'blocked';
    if (!this.isWell) return 'backing_off';
    return queuedEntries === 0 ? 'idle' : 'delivering';
  }

  /** The last lane sees to fresh lines first; a single lane does both in turn. */
  private async runLane(lane: number): Promise<void> {
    const { signal } = this.ended;
    const { concurrency } = this.policy;
    for (let round = 0; !signal.aborted; round += 1) {
      const pass = await this.gate.enter(signal).catch(() => undefined);
      if (pass === undefined) return;
      const appended = this.appended.promise;
      let isEmpty = false;
      try {
        const prefersFresh = concurrency === 1 ? round % 2 === 0 : lane === concurrency - 1;
        const entries = await this.take(prefersFresh);
        isEmpty = entries.length === 0;
        if (!isEmpty) await this.deliver(entries, pass);
      } catch (error) {
        if (!signal.aborted) this.outboxFailed(error, pass);
      } finally {
        pass.leave();
      }
      if (isEmpty && this.isDraining) return;
      if (isEmpty) await appended;
    }
  }

  private take(prefersFresh: boolean): Promise<OutboxEntry[]> {
    const taken = this.lastTake.then(async () => {
      const entries = await this.choose(prefersFresh);
      for (const { id } of entries) this.underWay.add(id);
      return entries;
    });
    this.lastTake = taken.catch(() => undefined); // Whoever asked for it is told.
    return taken;
  }

  private async choose(prefersFresh: boolean): Promise<OutboxEntry[]> {
    const { maxLines, maxBytes } = this.limits;
    const slice = { maxLines, maxBytes, excludeIds: this.underWay };
    // While nothing gets through, both ends are tried in turn: whatever is stuck at one does not stop the other.
    if (this.gate.failures % 2 === 1) return this.outbox.take({ ...slice, order: 'newest' });
    if (prefersFresh && this.hasFresh) {
      this.hasFresh = false;
      const newest = await this.outbox.take({ ...slice, order: 'newest' });
      const freshSinceMs = this.clock.now().getTime() - FRESH_FOR_MS;
      const fresh = newest.filter(({ enqueuedAtMs }) => enqueuedAtMs >= freshSinceMs);
      if (fresh.length > 0) return fresh;
    }
    return this.outbox.take({ ...slice, order: 'oldest' });
  }

  private async deliver(entries: readonly OutboxEntry[], pass: Pass): Promise<void> {
    try {
      const { outcome, acceptedLines, tooLargeBytes, interruption } = await settleEntries(entries, (lines) =>
        this.send(lines),
      );
      this.counts.sentLines += acceptedLines;
      if (acceptedLines > 0) this.lastSuccessAt = this.clock.now();
      if (tooLargeBytes !== undefined) this.limits.tooLarge(tooLargeBytes);
      if (outcome.settledIds.length > 0) await this.outbox.settle(outcome);
      if (outcome.rejected.length > 0) this.tellRejected(outcome.rejected);
      if (interruption === undefined) this.succeeded(pass);
      else this.interrupted(interruption, pass);
    } finally {
      for (const { id } of entries) this.underWay.delete(id);
    }
  }

  private send(lines: string): Promise<Answer> {
    this.counts.requests += 1;
    if (this.gate.failures > 0) this.counts.retries += 1;
    return this.transport.write(lines, this.ended.signal);
  }

  private succeeded(pass: Pass): void {
    pass.succeeded();
    this.limits.succeeded();
    if (this.gate.failures > 0 || this.isWell) return;
    this.isWell = true;
    this.isBlocked = false;
    this.alarm = null;
    this.log('info', 'InfluxDB takes lines again');
  }

  private interrupted(interruption: Interruption, pass: Pass): void {
    const { kind, status, reason } = interruption;
    if (kind === 'failed' && !ASKS_FOR_PATIENCE.has(status)) this.limits.failed();
    const retryInMs = pass.failed(kind === 'failed' ? interruption.retryAfterMs : undefined);
    this.isBlocked = kind === 'misconfigured';
    const answer = status === 0 ? reason : `${status} ${reason}`;
    this.fault(faultCode(interruption), `${FAULT_SENTENCES[faultCode(interruption)]}: ${answer}`, retryInMs);
  }

  /** The lines are safe: at worst they are sent once more. */
  private outboxFailed(error: unknown, pass: Pass): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.isBlocked = false;
    this.fault('outbox', `${FAULT_SENTENCES.outbox}: ${reason}`, pass.failed());
  }

  private fault(code: FaultCode, message: string, retryInMs: number): void {
    this.hasFresh = true;
    const isNew = this.isWell || this.lastError?.code !== code;
    this.isWell = false;
    this.lastError = { at: this.clock.now(), code, message };
    const { failures } = this.gate;
    const raisesAlarm = this.isBlocked || failures >= this.policy.alarmAfterFailures;
    const isNewAlarm = raisesAlarm && this.alarm === null;
    if (raisesAlarm) this.alarm = message;
    if (!isNew && !isNewAlarm) return;
    const level = raisesAlarm ? 'error' : 'warn';
    this.log(level, `${message}; the lines are kept`, { code, failures, retryInMs: Math.round(retryInMs) });
  }

  private tellRejected(rejected: readonly RejectedLine[]): void {
    this.counts.rejectedLines += rejected.length;
    const [first] = rejected;
    this.log('warn', 'InfluxDB refused lines: they are in the quarantine', {
      lines: rejected.length,
      status: first?.status,
      reason: first?.reason,
    });
  }

  private wake(): void {
    this.hasFresh = true;
    this.appended.resolve();
    this.appended = Promise.withResolvers();
  }
}
