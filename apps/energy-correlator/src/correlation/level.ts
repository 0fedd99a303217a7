import { HomeEvent, readState } from '@smart-meter/correlation';

const FULL_BRIGHTNESS = 255;

/** Brightness or speed after an event, in tenths of full; null where it has none. */
export function levelTenthsOf({ state, attributes }: Pick<HomeEvent, 'state' | 'attributes'>): number | null {
  const all = { ...readState(state)?.attributes, ...attributes };
  const brightness = finite(all['brightness']);
  const percent = finite(all['brightness_pct']) ?? finite(all['percentage']);
  const share =
    brightness === null ? (percent === null ? null : percent / 100) : brightness / FULL_BRIGHTNESS;
  return share === null ? null : Math.round(Math.min(1, Math.max(0, share)) * 10);
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
