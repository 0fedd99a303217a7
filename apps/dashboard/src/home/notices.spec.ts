import { ConsumptionAnswer, HealthAnswer } from '../api/answers';
import { notices } from './notices';

const consumption = (part: Partial<ConsumptionAnswer>): ConsumptionAnswer => ({
  timestamp: '2026-03-01T10:00:00Z',
  averaged_over_s: 0,
  provenance: 'live',
  circuits: [],
  age_seconds: 0,
  warnings: [],
  stale: [],
  ...part,
});

const health = (adapter: Partial<HealthAnswer['details']['adapter']>) =>
  ({
    details: {
      adapter: {
        status: 'up',
        meter_type: 'home_assistant',
        last_error: null,
        warnings: [],
        stale: [],
        ...adapter,
      },
    },
  }) as unknown as HealthAnswer;

describe('notices', () => {
  it('has nothing to say of measured values', () => {
    expect(notices(consumption({}), health({}))).toEqual([]);
    expect(notices(null, null)).toEqual([]);
  });

  it('says that a simulated household is one, and how to get rid of it', () => {
    const [notice] = notices(consumption({ provenance: 'mock' }), health({ meter_type: 'generic' }));
    expect(notice?.title).toContain('nothing here was measured');
    expect(notice?.text).toContain('METER_TYPE');
  });

  it('says why the configured meter is not the one that is shown', () => {
    const message = 'the simulated household stands in: HOME_ASSISTANT_TOKEN is not set';
    const [notice] = notices(consumption({ provenance: 'mock' }), health({ message }));
    expect(notice).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining('HOME_ASSISTANT_TOKEN'),
    });
  });

  it('says why, where the meter has not answered yet', () => {
    const last_error = { code: 'auth', message: 'the token was refused' };
    const [notice] = notices(consumption({ provenance: 'mock' }), health({ last_error }));
    expect(notice?.text).toMatch(/^The token was refused\./);
  });

  it('tells the age of remembered values and the reason', () => {
    const last_error = { code: 'unavailable', message: 'connection refused' };
    const given = consumption({ provenance: 'cached', age_seconds: 250 });
    expect(notices(given, health({ last_error }))).toEqual([
      { severity: 'warning', title: 'Last known values, 4 min old', text: 'connection refused' },
    ]);
  });

  it('names quiet sensors and passes warnings on', () => {
    const given = consumption({
      stale: [{ source: 'sensor.attic', last_reported: '2026-03-01T00:00:00Z' }],
      warnings: ['two sensors have one name'],
    });
    const texts = notices(given, null).map(({ text }) => text);
    expect(texts[0]).toContain('sensor.attic');
    expect(texts[1]).toBe('two sensors have one name');
  });
});
