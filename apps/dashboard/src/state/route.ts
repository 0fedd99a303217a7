import { signal } from '@preact/signals';

export const VIEWS = ['now', 'history', 'circuits', 'health'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  view: View;
  /** What follows the view, by position. */
  details: readonly string[];
}

/** `#/history/week/2026-11-16`; whatever is not known is the first view. */
export function parseRoute(hash: string): Route {
  const [, view, ...details] = hash.replace(/^#/, '').split('/');
  return {
    view: VIEWS.find((known) => known === view) ?? 'now',
    details: details.filter((detail) => detail !== ''),
  };
}

export function routeHash(view: View, ...details: readonly string[]): string {
  return `#/${[view, ...details].join('/')}`;
}

/** Where the past of a circuit is shown. */
export const circuitHash = (circuitId: string): string =>
  routeHash('history', 'day', 'today', 'usual', encodeURIComponent(circuitId));

export const route = signal<Route>(parseRoute(location.hash));
addEventListener('hashchange', () => (route.value = parseRoute(location.hash)));
