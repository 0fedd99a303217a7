/** The first firmware whose monitors can be asked for one update by REST. */
const FIRST_WITH_SNAPSHOT = [1, 64] as const;

/**
 * Whether a monitor answers `realtime_update`. The version is compared number by number: 1.100 is newer than 1.64.
 * @param version such as `1.64.3131-ab12cd3-release`; anything else counts as old
 */
export function hasSnapshot(version: unknown): boolean {
  const match = typeof version === 'string' ? /^(\d+)\.(\d+)/.exec(version) : null;
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const [firstMajor, firstMinor] = FIRST_WITH_SNAPSHOT;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor);
}
