import { ConnectionTest, MeterAdapter } from './capabilities';
import { toMeterError } from './meter-error';

/**
 * A connection test for meters of which a reading is the best one.
 * @param meter is read once
 * @param describe who has answered, for the user
 */
export async function testByReading(
  meter: MeterAdapter,
  describe: () => string,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  try {
    const { reading, warnings } = await meter.fetchConsumption(signal);
    const { totalPowerW } = reading;
    const power = typeof totalPowerW === 'number' ? `${Math.round(totalPowerW)} W` : 'unknown';
    return { ok: true, detail: `${describe()}; the home's power is ${power}`, warnings };
  } catch (caught) {
    signal.throwIfAborted();
    const error = toMeterError(caught, 'reading the meter');
    return { ok: false, detail: error.message, error };
  }
}
