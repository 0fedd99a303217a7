import { WindowMethod, WindowState } from './window-method';

const options = { windowMs: 10_000, thresholdW: 10, latenessMs: 60_000 };
const make = (saved?: WindowState) => new WindowMethod({ ...options, saved });
const event = { entityId: 'switch.a', atMs: 100_000, state: 'on' };

function feed(method: WindowMethod, fromMs: number, toMs: number): void {
  for (let atMs = fromMs; atMs < toMs; atMs += 1000)
    method.addSample({ atMs, powerW: atMs < 100_000 ? 200 : 500 });
}

describe('the window method', () => {
  it('compares the means before and after', () => {
    const method = make();
    feed(method, 80_000, 120_000);
    expect(method.addEvent(event)).toBe('accepted');
    expect(method.advance(109_000)).toEqual([]);
    expect(method.advance(110_000)).toMatchObject([
      {
        eventId: 'switch.a@100000',
        deltaW: 300,
        beforeW: 200,
        afterW: 500,
        reason: null,
        revision: 1,
        provisional: true,
      },
    ]);
    expect(method.advance(120_000)).toEqual([]);
    expect(method.advance(170_000)).toMatchObject([{ deltaW: 300, provisional: false }]);
    expect(method.advance(180_000)).toEqual([]);
  });

  it('says that there is no power, and revises when it comes late, whatever the order', () => {
    const method = make();
    method.addEvent(event);
    expect(method.advance(110_000)).toMatchObject([{ deltaW: null, reason: 'no_samples' }]);
    feed(method, 100_000, 120_000);
    feed(method, 80_000, 110_000);
    expect(method.advance(111_000)).toMatchObject([{ deltaW: 300, revision: 2 }]);
  });

  it('goes on from what it saved', () => {
    const method = make();
    feed(method, 80_000, 120_000);
    method.addEvent(event);
    method.advance(105_000);
    const restored = make(JSON.parse(JSON.stringify(method.save())) as WindowState);
    expect(restored.advance(110_000)).toEqual(method.advance(110_000));
    expect(restored.addEvent(event)).toBe('duplicate');
  });

  it('answers a renamed entity by its new name', () => {
    const method = make();
    feed(method, 80_000, 120_000);
    method.addEvent(event);
    method.renameEntity('switch.a', 'switch.b');
    expect(method.advance(110_000)).toMatchObject([{ eventId: 'switch.b@100000', entityId: 'switch.b' }]);
    expect(method.addEvent({ ...event, entityId: 'switch.b' })).toBe('duplicate');
  });

  it('refuses what it cannot answer', () => {
    const method = make();
    method.advance(200_000);
    expect(method.addEvent({ ...event, state: {} })).toBe('malformed');
    expect(method.addEvent({ ...event, atMs: 900_000 })).toBe('future');
    expect(method.addEvent(event)).toBe('too_late');
    method.addSample({ atMs: 190_000, powerW: NaN });
    method.addSample({ atMs: 190_000, powerW: null });
    expect(method.save().atMs).toEqual([]);
  });
});
