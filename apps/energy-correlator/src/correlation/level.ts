import { HomeEvent, levelOf, readState } from '@smart-meter/correlation';

/** Brightness or speed after an event, in tenths of full; null where it has none. */
export function levelTenthsOf({ state, attributes }: Pick<HomeEvent, 'state' | 'attributes'>): number | null {
  const read = readState(state);
  const { share } = levelOf({
    state: read?.state ?? '',
    attributes: { ...read?.attributes, ...attributes },
  });
  return share === null ? null : Math.round(share * 10);
}
