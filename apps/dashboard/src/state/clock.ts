import { computed, signal } from '@preact/signals';

/** The time of this page, ms, to the second. */
export const nowMs = signal(Date.now());
setInterval(() => {
  if (!document.hidden) nowMs.value = Date.now();
}, 1000);

/** The same to the minute, for what need not change more often. */
export const minuteMs = computed(() => Math.floor(nowMs.value / 60_000) * 60_000);
