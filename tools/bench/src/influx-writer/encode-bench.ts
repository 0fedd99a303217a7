import { Point } from '@influxdata/influxdb-client';
import { encodeReading } from '@smart-meter/influx-writer';
import { MeterReading, shareOfTotal } from '@smart-meter/meter-adapter';
import { BenchRow, besidePeer, median } from '../bench-row';
import { LINES_PER_READING, sampleReading } from './sample-home';

const READINGS = 5_000;
const ROUNDS = 7;

/** Lines of line protocol per second, one core: ours beside the client's `Point`. */
export function benchEncode(): BenchRow[] {
  const readings = Array.from({ length: READINGS }, (_, index) => sampleReading(index));
  const ours = linesPerSecond(
    readings,
    (reading) => encodeReading(reading, { meterType: 'home_assistant', tagMeterId: false }).lineProtocol,
  );
  const points = linesPerSecond(readings, encodeWithPoints);
  return [besidePeer('encode readings', 'lines/s', ours, { name: 'Point.toLineProtocol', value: points })];
}

function linesPerSecond(
  readings: readonly MeterReading[],
  encode: (reading: MeterReading) => string,
): number {
  const rates: number[] = [];
  // Counting bytes makes the engine finish the text, as sending or storing it does.
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = performance.now();
    for (const reading of readings) bytes += Buffer.byteLength(encode(reading));
    rates.push((readings.length * LINES_PER_READING * 1_000) / (performance.now() - startMs));
  }
  if (bytes === 0) throw new Error('nothing was encoded');
  return median(rates);
}

/** The same points, as one writes them with the client. */
export function encodeWithPoints(reading: MeterReading): string {
  const home = new Point('smart_meter')
    .tag('meter_type', 'home_assistant')
    .floatField('total_power_w', reading.totalPowerW)
    .floatField('daily_kwh', reading.dailyKwh)
    .timestamp(reading.observedAt.getTime());
  const circuits = reading.circuits.map((circuit) =>
    new Point('smart_meter_circuit')
      .tag('circuit_name', circuit.name)
      .tag('meter_type', 'home_assistant')
      .floatField('power_w', circuit.powerW)
      .floatField('percentage', shareOfTotal(circuit.powerW, reading.totalPowerW))
      .timestamp(reading.observedAt.getTime()),
  );
  return [home, ...circuits].map((point) => point.toLineProtocol()).join('\n');
}
