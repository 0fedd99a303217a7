import { PowerSeries } from './power-columns';

/** What is drawn on canvas takes its colours from the style sheet. */
export interface ChartTheme {
  text: string;
  grid: string;
  hatch: string;
  dots: string;
  event: string;
  font: string;
  series: Record<PowerSeries, string>;
  homeFill: string;
  homeBand: string;
}

export function readTheme(element: HTMLElement): ChartTheme {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: colour('muted'),
    grid: colour('chart-grid'),
    hatch: colour('hatch'),
    dots: colour('dots'),
    event: colour('event'),
    font: `12px ${style.fontFamily}`,
    series: {
      home: colour('home'),
      grid: colour('grid-power'),
      solar: colour('solar'),
      battery: colour('battery'),
    },
    homeFill: colour('home-fill'),
    homeBand: colour('home-band'),
  };
}

export const SERIES_NAMES: Readonly<Record<PowerSeries, string>> = {
  home: 'Home',
  grid: 'Grid',
  solar: 'Solar',
  battery: 'Battery',
};

/** What a sign means, where it means something. */
export function directionOf(series: PowerSeries, powerW: number): string {
  if (Math.abs(powerW) < 1) return '';
  if (series === 'grid') return powerW > 0 ? 'import' : 'export';
  if (series === 'battery') return powerW > 0 ? 'discharging' : 'charging';
  return '';
}
