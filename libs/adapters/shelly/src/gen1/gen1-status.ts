import { expectArray, isJsonObject, JsonObject, numberOrNull } from '@smart-meter/meter-adapter';
import { ChannelSample } from '../channel';

/** Every channel of an EM or 3EM, from the answer of `/status`. Throws `MeterError` `malformed_response`. */
export function parseGen1Status(status: JsonObject): ChannelSample[] {
  return expectArray(status['emeters'] ?? [], 'emeters').map((emeter, index) => {
    const values = isJsonObject(emeter) ? emeter : {};
    const isValid = values['is_valid'] !== false;
    const valueOf = (key: string) => (isValid ? numberOrNull(values[key]) : null);
    const kwhOf = (key: string) => {
      const wh = valueOf(key);
      return wh === null ? null : wh / 1000;
    };
    return {
      component: `emeter:${index}`,
      powerW: valueOf('power'),
      phases: [],
      importKwh: kwhOf('total'),
      exportKwh: kwhOf('total_returned'),
      faults: isValid ? [] : ['the measurement is marked as not valid'],
    };
  });
}
