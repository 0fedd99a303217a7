import { isStreamingMeter, MeterContext, Secret } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { senseMeter } from './definition';
import { MemoryTokenStore } from './testing/memory-token-store';

const context: MeterContext = {
  meterId: 'home',
  clock: new FakeClock(),
  random: () => 0.5,
  document: () => new MemoryTokenStore(),
  timeZone: 'America/Denver',
  onRequest: () => undefined,
  warn: () => undefined,
};
const none = { email: undefined, password: undefined, monitorId: undefined, stream: false, url: undefined };

describe('the definition of Sense', () => {
  it('makes a meter that streams only on request', () => {
    const meter = senseMeter.create(none, context);
    expect([meter.meterType, meter.meterId, isStreamingMeter(meter)]).toEqual(['sense', 'home', false]);
    expect(isStreamingMeter(senseMeter.create({ ...none, stream: true }, context))).toBe(true);
  });

  it('wants both halves of the credentials', () => {
    expect(() => senseMeter.create({ ...none, email: 'owner@example.com' }, context)).toThrow(
      'SENSE_PASSWORD',
    );
    expect(() => senseMeter.create({ ...none, password: new Secret('s3cret') }, context)).toThrow(
      'SENSE_EMAIL',
    );
  });
});
