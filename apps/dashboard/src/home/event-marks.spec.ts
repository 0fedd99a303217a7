import { describeMark } from '../chart/draw-marks';
import { marksOf } from './event-marks';

const correlation = (timestamp: string, power_delta_w: number, provisional = false) => ({
  timestamp,
  entity_id: 'switch.coffee_machine',
  state: 'on',
  power_delta_w,
  confidence: 0.96,
  provisional,
});

it('puts events in the order of time, with what they did and how sure that is', () => {
  const marks = marksOf({
    configured: true,
    correlations: [
      correlation('2026-03-01T10:05:00Z', -1200, true),
      correlation('2026-03-01T10:00:00Z', 1200),
    ],
  });
  expect(marks.map(describeMark)).toEqual([
    'Coffee machine on: +1.20 kW, 96 % sure',
    'Coffee machine on (not final): −1.20 kW, 96 % sure',
  ]);
});
