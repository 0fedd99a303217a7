import { EnergyPeriodAnswer } from '../api/answers';
import { addDays, localDate } from '../format/local-time';
import { energy, formatCost, formatEnergy } from '../format/quantities';
import { formatLongDay, formatDuration } from '../format/times';
import { Picture } from '../home/picture';
import { Card } from '../parts/card';
import { ShareBar } from '../parts/share-bar';
import { Broken, Loading } from '../parts/states';
import { minuteMs } from '../state/clock';
import { HomeData } from '../state/home';
import { routeHash } from '../state/route';

const DAYS_BEFORE = 7;

/** Today's energy beside that of the days before. */
export function TodayCard({ home, picture }: { home: HomeData; picture: Picture }) {
  const { value: answer, error, reload } = home.energy;
  const more = <a href={routeHash('history', 'week')}>This week</a>;
  if (!answer) {
    return (
      <Card title="Today" actions={more}>
        {error ? (
          <Broken what="Today’s energy" error={error} onRetry={reload} />
        ) : (
          <Loading what="today’s energy" />
        )}
      </Card>
    );
  }
  const { timeZone } = home;
  const today = localDate(minuteMs.value, timeZone);
  const days = new Map(
    answer.series.find(({ series }) => series === 'home')?.periods.map((period) => [period.date, period]),
  );
  const todayKwh = picture.dailyKwh ?? days.get(today)?.energy_kwh ?? null;
  const before = Array.from({ length: DAYS_BEFORE }, (_unused, index) => addDays(today, -1 - index));
  const known = before.flatMap((date) => days.get(date) ?? []);
  const top = Math.max(todayKwh ?? 0, ...known.map(({ energy_kwh }) => energy_kwh));
  const { value, unit } = energy(todayKwh);
  return (
    <Card title="Today" actions={more}>
      <p class="figure">
        <span class="figure-value">{value}</span> {unit}
        {answer.price && todayKwh !== null && (
          <span class="figure-aside">
            {formatCost(todayKwh * answer.price.per_kwh, answer.price.currency)}
          </span>
        )}
      </p>
      <p class="muted">{averageText(known)}</p>
      {known.length > 0 && (
        <ol class="rows rows-days">
          {before.map((date) => {
            const day = days.get(date);
            return (
              <li key={date} class="row">
                <span class="row-name">
                  {formatLongDay(Date.parse(`${date}T12:00:00Z`), 'UTC').split(' ')[0]}
                </span>
                <span class="row-value">{day ? formatEnergy(day.energy_kwh) : 'nothing known'}</span>
                <ShareBar share={day && top > 0 ? (day.energy_kwh / top) * 100 : null} />
              </li>
            );
          })}
        </ol>
      )}
    </Card>
  );
}

function averageText(days: readonly EnergyPeriodAnswer[]): string {
  if (days.length === 0) return 'The days before are shown here as they pass.';
  const knownMs = days.reduce((sum, { covered_s }) => sum + covered_s * 1000, 0);
  const average = days.reduce((sum, { energy_kwh }) => sum + energy_kwh, 0) / days.length;
  const basis = days.length < DAYS_BEFORE ? ` (${formatDuration(knownMs)} known)` : '';
  return `${formatEnergy(average)} a day on average${basis}`;
}
