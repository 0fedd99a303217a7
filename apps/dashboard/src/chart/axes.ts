import uPlot from 'uplot';
import { formatNumber } from '../format/quantities';
import { wallClockMs } from '../format/local-time';
import { formatExactTime, formatShortDay, formatShortMonth, formatTime } from '../format/times';
import { ChartTheme } from './theme';

const DAY_S = 86_400;

/** Ticks at the home's own hours and midnights, whatever zone the browser is in. */
export function localTicks(timeZone: string): (timestampS: number) => Date {
  return (timestampS) => {
    const wall = new Date(wallClockMs(timestampS * 1000, timeZone));
    return new Date(
      wall.getUTCFullYear(),
      wall.getUTCMonth(),
      wall.getUTCDate(),
      wall.getUTCHours(),
      wall.getUTCMinutes(),
      wall.getUTCSeconds(),
    );
  };
}

export function timeAxis(theme: ChartTheme, timeZone: string): uPlot.Axis {
  return {
    stroke: theme.text,
    font: theme.font,
    grid: { show: false },
    ticks: { stroke: theme.grid, width: 1, size: 5 },
    size: 30,
    space: 72,
    values: (_plot, splits, _axis, _space, incrementS) =>
      splits.map((time) => tickText(time * 1000, incrementS, timeZone)),
  };
}

function tickText(atMs: number, incrementS: number, timeZone: string): string {
  if (incrementS >= 27 * DAY_S) return formatShortMonth(atMs, timeZone);
  if (incrementS >= DAY_S) return formatShortDay(atMs, timeZone);
  if (incrementS < 60) return formatExactTime(atMs, timeZone);
  const time = formatTime(atMs, timeZone);
  return time === '00:00' ? formatShortDay(atMs, timeZone) : time;
}

/** @param size width of the axis, px */
export function powerAxis(theme: ChartTheme, size: number): uPlot.Axis {
  return {
    stroke: theme.text,
    font: theme.font,
    grid: { stroke: theme.grid, width: 1 },
    ticks: { show: false },
    size,
    space: 44,
    values: (_plot, splits) => powerTicks(splits),
  };
}

/** One unit for the whole axis, so that ticks can be compared at a glance. */
export function powerTicks(splits: readonly number[]): string[] {
  const sizes = splits.map(Math.abs);
  if (Math.max(...sizes) < 1000) return splits.map((powerW) => `${formatNumber(powerW, 0)} W`);
  const stepW = Math.abs((splits[1] ?? 0) - (splits[0] ?? 0));
  const decimals = stepW % 1000 === 0 ? 0 : stepW % 100 === 0 ? 1 : 2;
  return splits.map((powerW) => `${formatNumber(powerW / 1000, decimals)} kW`);
}
