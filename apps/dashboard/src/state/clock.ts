import { computed, signal } from '@preact/signals';

/** The time of this page, ms, to the second. */
export const nowMs = signal(Date.now());
function tick(): void {
  if (!document.hidden) nowMs.value = Date.now();
}
setInterval(tick, 1000);
document.addEventListener('visibilitychange', tick);

/** The same to the minute, for what need not change more often. */
export const minuteMs = computed(() => Math.floor(nowMs.value / 60_000) * 60_000);
