import { signal } from '@preact/signals';

const KEY = 'smart-meter.token';

/** Whether the service refused what it was sent: the user is asked for the token then. */
export const tokenWanted = signal(false);
/** Grows with every new token, so that what failed is asked for again. */
export const tokenVersion = signal(0);

export const tokens = {
  read: (): string | null => sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY),
  isRefused: (): boolean => tokenWanted.peek(),
  onRefused: (): void => void (tokenWanted.value = true),
};

/** @param remember whether it outlives this tab */
export function rememberToken(token: string, remember: boolean): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  (remember ? localStorage : sessionStorage).setItem(KEY, token);
  tokenWanted.value = false;
  tokenVersion.value += 1;
}
