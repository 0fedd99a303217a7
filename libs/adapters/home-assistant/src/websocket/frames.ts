import { isJsonObject, JsonObject, MeterError } from '@smart-meter/meter-adapter';

/**
 * The messages of one WebSocket frame: with coalescing Home Assistant sends several as an array.
 * Throws `MeterError` (`malformed_response`).
 */
export function parseFrame(text: string): readonly JsonObject[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser quotes what it read: its error is not passed on.
    throw new MeterError('malformed_response', 'Home Assistant sent a message that is not JSON');
  }
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
  return messages.map((message) => {
    if (isJsonObject(message)) return message;
    throw new MeterError('malformed_response', 'Home Assistant sent a message that is not an object');
  });
}
