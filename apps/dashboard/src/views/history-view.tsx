import { useMemo } from 'preact/hooks';
import { CalendarPeriod, localDate, neighbour, PERIOD_KINDS, PeriodKind } from '../format/local-time';
import { formatLongDay, formatMonth, formatShortDay } from '../format/times';
import { circuitNames } from '../home/circuit-values';
import { DETAILS, historyChoice } from '../home/history-route';
import { HOME, subjectOf } from '../home/subject';
import { Card } from '../parts/card';
import { Choice } from '../parts/choice';
import { DownloadButton } from '../parts/download-button';
import { Picker } from '../parts/picker';
import { minuteMs } from '../state/clock';
import { HomeData } from '../state/home';
import { picture } from '../state/live';
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
  const { period, detail, circuitId } = useMemo(
    () => historyChoice(details, today, timeZone),
    [details.join('/'), today, timeZone],
  );
  const circuits = picture.value?.circuits ?? [];
  const names = circuitNames(home.sources.value);
  const subject = subjectOf(circuitId, circuits, names);
  const go = (kind: PeriodKind, date: string, stepS = DETAILS[kind][0].stepS, id = circuitId) => {
    const circuit = id === null ? [] : [encodeURIComponent(id)];
    location.hash = routeHash('history', kind, date, String(stepS), ...circuit);
  };
  const [from, to] = [period.fromMs, period.toMs].map((ms) => new Date(ms).toISOString());
  const path = `./readings?format=csv&circuits=${subject.circuits}&every=${detail.every}&from=${from}&to=${to}`;
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
      <PeriodSummary period={period} subject={subject} timeZone={timeZone} nowMs={now} />
      <Card
        title="Power"
        wide
        actions={
          <>
            {(circuits.length > 0 || circuitId !== null) && (
              <Picker
                label="Of what"
                options={[
                  { value: '', label: 'Whole home' },
                  ...circuits.map(({ id }) => ({ value: id, label: subjectOf(id, circuits, names).name })),
                ]}
                value={circuitId ?? ''}
                onChoose={(id) => go(period.kind, period.date, detail.stepS, id === '' ? HOME.circuitId : id)}
              />
            )}
            <Choice
              label="Detail"
              options={DETAILS[period.kind].map(({ stepS, label }) => ({ value: stepS, label }))}
              value={detail.stepS}
              onChoose={(stepS) => go(period.kind, period.date, stepS)}
            />
            <DownloadButton
              path={path}
              fileName={`${fileNamePart(subject.name)}-${period.kind}-${period.date}.csv`}
            />
          </>
        }
      >
        <HistoryPower
          period={period}
          subject={subject}
          path={path}
          detail={detail}
          timeZone={timeZone}
          nowMs={now}
        />
      </Card>
      <HistoryBars period={period} subject={subject} timeZone={timeZone} nowMs={now} />
    </div>
  );
}

const fileNamePart = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');

function periodName({ kind, fromMs, toMs }: CalendarPeriod, timeZone: string): string {
  if (kind === 'day') return formatLongDay(fromMs, timeZone);
  if (kind === 'month') return formatMonth(fromMs, timeZone);
  if (kind === 'year') return formatMonth(fromMs, timeZone).split(' ')[1] ?? '';
  return `${formatShortDay(fromMs, timeZone)} – ${formatShortDay(toMs - 1, timeZone)}`;
}
