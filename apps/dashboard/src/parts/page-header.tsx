import { nowMs } from '../state/clock';
import { connection, picture } from '../state/live';
import { route, routeHash, View } from '../state/route';
import { Theme, themeChoice, THEMES } from '../state/theme';
import { formatDuration } from '../format/times';

const VIEW_NAMES: readonly (readonly [View, string])[] = [
  ['now', 'Now'],
  ['history', 'History'],
  ['circuits', 'Circuits'],
  ['health', 'Health'],
];

const THEME_NAMES: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' };
/** An older picture is told with its age. */
const FRESH_MS = 60_000;

export function PageHeader() {
  return (
    <header class="page-header">
      <a class="brand" href={routeHash('now')}>
        <svg viewBox="0 0 64 64" aria-hidden="true">
          <path d="M7 36h11l6-17 10 29 8-21 4 9h11" />
        </svg>
        smart-meter
      </a>
      <nav class="views" aria-label="Views">
        {VIEW_NAMES.map(([view, name]) => (
          <a key={view} href={routeHash(view)} aria-current={route.value.view === view ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <ConnectionStatus />
      <button
        type="button"
        class="quiet"
        aria-label={`Colours: ${THEME_NAMES[themeChoice.value]}. Change`}
        onClick={() => (themeChoice.value = after(themeChoice.value))}
      >
        <span aria-hidden="true">◐</span> {THEME_NAMES[themeChoice.value]}
      </button>
    </header>
  );
}

function after(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
}

function ConnectionStatus() {
  const { state } = connection.value;
  const ageMs = picture.value === null ? null : nowMs.value - picture.value.atMs;
  const text =
    state === 'connecting' ? 'Connecting' : state === 'waiting' ? 'No connection' : liveText(ageMs);
  return (
    <p class={`status status-${state}`} role="status" aria-live="polite">
      <span class="status-dot" aria-hidden="true" />
      {text}
    </p>
  );
}

function liveText(ageMs: number | null): string {
  if (ageMs === null || ageMs < FRESH_MS) return 'Live';
  return `Live, last change ${formatDuration(ageMs)} ago`;
}
