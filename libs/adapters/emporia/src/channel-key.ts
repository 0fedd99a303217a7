/**
 * One name per channel on both hosts: `mains`, `1`..`16`, `97`.. for merged circuits, else the vendor's own
 * (`Balance`, `MainsFromGrid`, ...). The legacy host says `1,2,3`, the modern one `Mains`, `Branch_1`, `Merged_97`.
 */
export function channelKey(vendorName: string): string {
  const name = vendorName.trim();
  if (name === '1,2,3' || name.toLowerCase() === 'mains') return MAINS;
  return /^(?:branch|merged)_(\d+)$/i.exec(name)?.[1] ?? name;
}

export const MAINS = 'mains';

/** Sums and differences that Emporia computes; they have no history. */
export function isVirtual(key: string): boolean {
  return key !== MAINS && !/^\d+$/.test(key);
}

/** What the history request calls the channel, on both hosts; null where it has no history. */
export function chartChannel(key: string): string | null {
  if (key === MAINS) return '1,2,3';
  return isVirtual(key) ? null : key;
}

/** Stable across renames: `120001/mains`, `120001/3`. */
export function circuitId(deviceGid: number, key: string): string {
  return `${deviceGid}/${key}`;
}
