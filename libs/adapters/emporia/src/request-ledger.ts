import { Clock, MeterError } from '@smart-meter/meter-adapter';

/** What a request was for. */
export const REQUEST_KINDS = ['usage', 'daily', 'inventory', 'chart', 'auth', 'maintenance'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Requests by kind, each since the start and within the last 24 h. */
export type RequestCounts = Readonly<Record<RequestKind, { total: number; last24h: number }>>;

/** What Emporia's engineers ask of one account. */
export const REQUESTS_PER_DAY = 2_000;
/** What is left when every minute is read live, with its day energy, inventory and log-ins. */
export const CHART_REQUESTS_PER_DAY = 400;

const HOUR_MS = 3_600_000;
const HOURS_PER_DAY = 24;

/** Our own limit, not Emporia's: the cloud is well. */
export class RequestBudgetError extends MeterError {
  constructor(message: string, retryAfterMs: number) {
    super('rate_limited', message, { retryAfterMs });
  }
}

/** Counts every request of one account, and says no before Emporia does. */
export class RequestLedger {
  private readonly totals = zeroCounts();
  /** Counts of the hours that lie less than a day back, oldest first. */
  private readonly hours: { hour: number; counts: Record<RequestKind, number> }[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly onRequest: (kind: RequestKind) => void = () => undefined,
  ) {}

  /** Books one request. Throws `RequestBudgetError` where the day's share is used up. */
  spend(kind: RequestKind): void {
    this.expectRoomFor(kind, 1);
    const hour = this.currentHour();
    let latest = this.hours.at(-1);
    if (latest?.hour !== hour) {
      latest = { hour, counts: zeroCounts() };
      this.hours.push(latest);
    }
    latest.counts[kind] += 1;
    this.totals[kind] += 1;
    this.onRequest(kind);
  }

  /** Throws `RequestBudgetError` where `requests` more would exceed the day's share. */
  expectRoomFor(kind: RequestKind, requests: number): void {
    this.forgetYesterday();
    const sumOf = (kinds: readonly RequestKind[]) =>
      this.hours.reduce((sum, { counts }) => sum + kinds.reduce((part, one) => part + counts[one], 0), 0);
    const allUsed = sumOf(REQUEST_KINDS) + requests > REQUESTS_PER_DAY;
    const chartsUsed = kind === 'chart' && sumOf(['chart']) + requests > CHART_REQUESTS_PER_DAY;
    if (!allUsed && !chartsUsed) return;
    throw new RequestBudgetError(
      allUsed
        ? `the ${REQUESTS_PER_DAY} requests that an Emporia account may make in 24 h are used up`
        : `the ${CHART_REQUESTS_PER_DAY} history requests that an Emporia account may make in 24 h are used up; the rest follows`,
      this.nextRoomInMs(),
    );
  }

  counts(): RequestCounts {
    this.forgetYesterday();
    const entries = REQUEST_KINDS.map((kind) => {
      const last24h = this.hours.reduce((sum, { counts }) => sum + counts[kind], 0);
      return [kind, { total: this.totals[kind], last24h }] as const;
    });
    return Object.fromEntries(entries) as RequestCounts;
  }

  private currentHour(): number {
    return Math.floor(this.clock.monotonicMs() / HOUR_MS);
  }

  private forgetYesterday(): void {
    const oldestKept = this.currentHour() - HOURS_PER_DAY + 1;
    while (this.hours[0] && this.hours[0].hour < oldestKept) this.hours.shift();
  }

  private nextRoomInMs(): number {
    const oldest = this.hours[0];
    if (!oldest) return HOUR_MS;
    return (oldest.hour + HOURS_PER_DAY) * HOUR_MS - this.clock.monotonicMs();
  }
}

function zeroCounts(): Record<RequestKind, number> {
  return { usage: 0, daily: 0, inventory: 0, chart: 0, auth: 0, maintenance: 0 };
}
