import { encodeEventEnergyCorrelation, encodeHomeEvent } from './encode-event';

const eventAt = new Date(1_768_478_400_250);

describe('encodeEventEnergyCorrelation', () => {
  const event = { eventAt, entityId: 'light.desk', domain: 'light', state: 'on', previousState: 'off' };

  it('writes every field that is known', () => {
    expect(
      encodeEventEnergyCorrelation({
        ...event,
        powerBeforeW: 200,
        powerAfterW: 260.5,
        powerDeltaW: 60.5,
        powerDeltaPct: 30.25,
        deltaSdW: 1.5,
        confidence: 0.97,
        provisional: false,
        revision: 2,
        reason: 'say "why"',
      }),
    ).toEqual({
      lineCount: 1,
      lineProtocol:
        'event_energy_correlation,domain=light,entity_id=light.desk,previous_state=off,state=on ' +
        'power_before_w=200,power_after_w=260.5,power_delta_w=60.5,power_delta_pct=30.25,delta_sd_w=1.5,' +
        'confidence=0.97,provisional=false,revision=2i,reason="say \\"why\\"" 1768478400250',
    });
  });

  const unknown = { powerBeforeW: null, powerAfterW: null, powerDeltaW: null, powerDeltaPct: null };

  it('leaves out what is unknown, and an empty state with it', () => {
    const row = { ...event, ...unknown, previousState: '', reason: 'no_samples' };
    expect(encodeEventEnergyCorrelation(row).lineProtocol).toBe(
      'event_energy_correlation,domain=light,entity_id=light.desk,state=on reason="no_samples" 1768478400250',
    );
  });

  it('writes no row that says nothing', () => {
    expect(encodeEventEnergyCorrelation({ ...event, ...unknown })).toEqual({
      lineProtocol: '',
      lineCount: 0,
    });
  });
});

describe('encodeHomeEvent', () => {
  it('writes the states as text', () => {
    const event = { eventAt, entityId: 'cover.x', domain: 'cover', state: 'open', previousState: null };
    expect(encodeHomeEvent(event)).toEqual({
      lineCount: 1,
      lineProtocol: 'home_assistant_events,domain=cover,entity_id=cover.x state_value="open" 1768478400250',
    });
    expect(encodeHomeEvent({ ...event, previousState: '' }).lineProtocol).toContain(
      'state_value="open",previous_state="" ',
    );
  });
});
