import {
  Attribution,
  EventOutcome,
  HomeEvent,
  MAINS,
  PowerSample,
  ReasonCode,
  readState,
  windowDifference,
} from '@smart-meter/correlation';
import type { CorrelationMethod } from './correlation-method';

export interface WindowState {
  nowMs: number;
  atMs: number[];
  powerW: number[];
  waiting: WaitingEvent[];
}

interface WaitingEvent {
  eventId: string;
  entityId: string;
  atMs: number;
  state: string;
  previousState: string | null;
  /** What was answered last. */
  answered: { deltaW: number | null; revision: number } | null;
}

export interface WindowMethodOptions {
  windowMs: number;
  thresholdW: number;
  latenessMs: number;
  saved: WindowState | undefined;
}

const FUTURE_TOLERANCE_MS = 5 * 60_000;
const MAX_WAITING = 50_000;

/**
 * The plain comparison: the mean of so many seconds after an event less the mean of so many before. It learns
 * nothing, parts no overlapping events and answers nothing where samples are further apart than the window.
 */
export class WindowMethod implements CorrelationMethod {
  private nowMs: number;
  private readonly atMs: number[];
  private readonly powerW: number[];
  private waiting: WaitingEvent[];

  constructor(private readonly options: WindowMethodOptions) {
    const { saved } = options;
    this.nowMs = saved?.nowMs ?? -Infinity;
    this.atMs = saved?.atMs ?? [];
    this.powerW = saved?.powerW ?? [];
    this.waiting = saved?.waiting ?? [];
  }

  addSample({ channel = MAINS, atMs, powerW }: PowerSample): void {
    if (channel !== MAINS || powerW === null || !Number.isFinite(powerW) || !Number.isFinite(atMs)) return;
    let index = this.atMs.length;
    while (index > 0 && (this.atMs[index - 1] ?? 0) >= atMs) index -= 1;
    this.atMs.splice(index, this.atMs[index] === atMs ? 1 : 0, atMs);
    this.powerW.splice(index, this.powerW.length === this.atMs.length ? 1 : 0, powerW);
  }

  addEvent(event: HomeEvent): EventOutcome {
    const { entityId, atMs } = event;
    const read = readState(event.state);
    if (typeof entityId !== 'string' || entityId === '' || !Number.isFinite(atMs) || !read)
      return 'malformed';
    if (this.nowMs > -Infinity && atMs > this.nowMs + FUTURE_TOLERANCE_MS) return 'future';
    if (atMs < this.nowMs - this.options.latenessMs) return 'too_late';
    const eventId = event.eventId ?? `${entityId}@${atMs}`;
    if (this.waiting.some((waiting) => waiting.eventId === eventId)) return 'duplicate';
    if (this.waiting.length >= MAX_WAITING) return 'overloaded';
    const previousState = readState(event.previousState)?.state ?? null;
    this.waiting.push({ eventId, entityId, atMs, state: read.state, previousState, answered: null });
    return 'accepted';
  }

  advance(nowMs: number): Attribution[] {
    this.nowMs = Math.max(this.nowMs, nowMs);
    const { windowMs, latenessMs } = this.options;
    const watermarkMs = this.nowMs - latenessMs;
    const answers = this.waiting
      .filter(({ atMs }) => atMs + windowMs <= this.nowMs)
      .flatMap((event) => this.answer(event, event.atMs >= watermarkMs) ?? []);
    this.waiting = this.waiting.filter(({ atMs }) => atMs >= watermarkMs);
    this.forgetBefore(watermarkMs - windowMs);
    return answers;
  }

  renameEntity(from: string, to: string): void {
    this.waiting = this.waiting.map((event) => {
      const eventId = event.eventId.startsWith(`${from}@`)
        ? `${to}${event.eventId.slice(from.length)}`
        : event.eventId;
      return event.entityId === from ? { ...event, entityId: to, eventId } : event;
    });
  }

  save(): WindowState {
    const { nowMs, atMs, powerW, waiting } = this;
    return { nowMs, atMs, powerW, waiting };
  }

  /** null where nothing has changed since the last answer. */
  private answer(event: WaitingEvent, provisional: boolean): Attribution | null {
    const found = windowDifference(
      { atMs: this.atMs, powerW: this.powerW },
      event.atMs,
      this.options.windowMs,
    );
    const isClear = found !== null && Math.abs(found.deltaW) >= this.options.thresholdW;
    const deltaW = isClear ? found.deltaW : null;
    if (provisional && event.answered?.deltaW === deltaW) return null;
    const revision = (event.answered?.revision ?? 0) + 1;
    event.answered = { deltaW, revision };
    const reason: ReasonCode | null = isClear ? null : found ? 'below_noise' : 'no_samples';
    const { eventId, entityId, state, previousState, atMs } = event;
    return {
      eventId,
      entityId,
      domain: entityId.slice(0, Math.max(0, entityId.indexOf('.'))) || entityId,
      state,
      previousState,
      atMs,
      channel: MAINS,
      deltaW,
      horizonS: this.options.windowMs / 1000,
      estimateW: found?.deltaW ?? null,
      sdW: null,
      probability: isClear ? 1 : 0,
      confidence: 0,
      reason,
      coEvents: [],
      expectedW: null,
      expectedSdW: null,
      beforeW: found?.beforeW ?? null,
      afterW: found?.afterW ?? null,
      levelsUsed: found ? 2 : 0,
      settled: null,
      revision,
      provisional,
    };
  }

  private forgetBefore(instantMs: number): void {
    const keepFrom = this.atMs.findIndex((atMs) => atMs >= instantMs);
    const count = keepFrom < 0 ? this.atMs.length : keepFrom;
    this.atMs.splice(0, count);
    this.powerW.splice(0, count);
  }
}
