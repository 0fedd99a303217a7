import { EntityState } from '../entity-state/entity-state';
import { homeAssistantEvent } from './home-assistant-event';

const AT = new Date('2026-11-20T10:00:00Z');

const light = (
  state: string,
  attributes: Record<string, unknown> = {},
  atMs = AT.getTime(),
): EntityState => ({
  entityId: 'light.kitchen',
  state,
  attributes,
  lastChangedAt: AT,
  lastUpdatedAt: new Date(atMs),
  lastReportedAt: null,
});

describe('homeAssistantEvent', () => {
  it('says what was switched, from what, how far', () => {
    expect(
      homeAssistantEvent(
        light('off', { brightness: null }),
        light('on', { brightness: 128, icon: 'mdi:lamp' }),
      ),
    ).toEqual({
      eventId: `light.kitchen@${AT.getTime()}`,
      entityId: 'light.kitchen',
      domain: 'light',
      at: AT,
      state: 'on',
      previousState: 'off',
      attributes: { brightness: 128 },
      changedAttributes: ['brightness'],
      isAttributeOnly: false,
    });
  });

  it('marks what changed attributes alone, and lists them', () => {
    const before = light('on', { brightness: 10, rgb_color: [1, 2, 3], effect: 'none' });
    const after = light('on', { brightness: 20, rgb_color: [1, 2, 3] });
    expect(homeAssistantEvent(before, after)).toMatchObject({
      previousState: 'on',
      isAttributeOnly: true,
      changedAttributes: ['brightness', 'effect'],
      attributes: { brightness: 20, rgb_color: [1, 2, 3] },
    });
  });

  it('passes over what does not matter', () => {
    expect(homeAssistantEvent(light('on', { icon: 'a' }), light('on', { icon: 'b' }))).toBeNull();
    expect(homeAssistantEvent(light('on'), light('on', {}, AT.getTime() + 5))).toBeNull();
    expect(homeAssistantEvent(light('on'), null)).toBeNull();
    expect(homeAssistantEvent(light('on'), light('unavailable'))).toBeNull();
    expect(homeAssistantEvent(null, light('unknown'))).toBeNull();
  });

  it('tells an entity that is new or comes back as such', () => {
    expect(homeAssistantEvent(null, light('on'))).toMatchObject({
      previousState: null,
      isAttributeOnly: false,
    });
    expect(homeAssistantEvent(light('unavailable'), light('on', { brightness: 3 }))).toMatchObject({
      previousState: 'unavailable',
      changedAttributes: ['brightness'],
      isAttributeOnly: false,
    });
  });
});
