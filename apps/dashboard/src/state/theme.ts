import { effect, signal } from '@preact/signals';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'smart-meter.theme';

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === value) ?? 'auto';
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
export const themeChoice = signal<Theme>(stored());
const systemIsDark = signal(prefersDark.matches);
/** What is in force. */
export const theme = signal<'light' | 'dark'>('light');

prefersDark.addEventListener('change', ({ matches }) => (systemIsDark.value = matches));
effect(() => {
  const choice = themeChoice.value;
  const inForce = choice === 'auto' ? (systemIsDark.value ? 'dark' : 'light') : choice;
  document.documentElement.dataset['theme'] = inForce;
  localStorage.setItem(KEY, choice);
  theme.value = inForce;
});
