/**
 * Whether an entity id matches any of the patterns: `*` stands for any text, `?` for one character.
 * @example entityMatcher(['sensor.power_*'])('sensor.power_hvac') // true
 */
export function entityMatcher(patterns: readonly string[]): (entityId: string) => boolean {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .trim()
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
        'i',
      ),
  );
  return (entityId) => expressions.some((expression) => expression.test(entityId));
}
