import { useMemo } from 'preact/hooks';
import { CalendarPeriod, localDate, neighbour, PERIOD_KINDS, PeriodKind } from '../format/local-time';
import { formatLongDay, formatMonth, formatShortDay } from '../format/times';
import { DETAILS, historyChoice } from '../home/history-route';
import { Card } from '../parts/card';
import { Choice } from '../parts/choice';
import { minuteMs } from '../state/clock';
import { HomeData } from '../state/home';
import { route, routeHash } from '../state/route';
import { HistoryBars } from './history-bars';
import { HistoryPower } from './history-power';
import { PeriodSummary } from './period-summary';

const KIND_NAMES: Readonly<Record<PeriodKind, string>> = {
  day: 'Day',
  week: 'Week',
  month: 'Month',
  year: 'Year',
};

/** A day, week, month or year of the home. */
export function HistoryView({ home }: { home: HomeData }) {
  const { timeZone } = home;
  const now = minuteMs.value;
  const today = localDate(now, timeZone);
  const { details } = route.value;
  const { period, detail } = useMemo(
    () => historyChoice(details, today, timeZone),
    [details.join('/'), today, timeZone],
  );
  const go = (kind: PeriodKind, date: string, stepS?: number) => {
    location.hash = routeHash('history', kind, date, ...(stepS === undefined ? [] : [String(stepS)]));
  };
  const step = (by: -1 | 1) => go(period.kind, neighbour(period, by, timeZone).date, detail.stepS);
  return (
    <div class="view view-history">
      <div class="view-bar">
        <Choice
          label="Period"
          options={PERIOD_KINDS.map((kind) => ({ value: kind, label: KIND_NAMES[kind] }))}
          value={period.kind}
          onChoose={(kind) => go(kind, now < period.toMs ? today : period.date)}
        />
        <div class="period-step">
          <button type="button" aria-label={`Previous ${period.kind}`} onClick={() => step(-1)}>
            ‹
          </button>
          <h1 class="period-name" aria-live="polite">
            {periodName(period, timeZone)}
          </h1>
          <button
            type="button"
            aria-label={`Next ${period.kind}`}
            disabled={period.toMs > now}
            onClick={() => step(1)}
          >
            ›
          </button>
        </div>
      </div>
      <PeriodSummary period={period} nowMs={now} />
      <Card
        title="Power"
        wide
        actions={
          <Choice
            label="Detail"
            options={DETAILS[period.kind].map(({ stepS, label }) => ({ value: stepS, label }))}
            value={detail.stepS}
            onChoose={(stepS) => go(period.kind, period.date, stepS)}
          />
        }
      >
        <HistoryPower period={period} detail={detail} timeZone={timeZone} nowMs={now} />
      </Card>
      <HistoryBars period={period} timeZone={timeZone} nowMs={now} />
    </div>
  );
}

function periodName({ kind, fromMs, toMs }: CalendarPeriod, timeZone: string): string {
  if (kind === 'day') return formatLongDay(fromMs, timeZone);
  if (kind === 'month') return formatMonth(fromMs, timeZone);
  if (kind === 'year') return formatMonth(fromMs, timeZone).split(' ')[1] ?? '';
  return `${formatShortDay(fromMs, timeZone)} – ${formatShortDay(toMs - 1, timeZone)}`;
}
