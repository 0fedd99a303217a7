import { backfill } from '../src/operations/backfill';
import { liveThrough } from './support/live-through';
import { temporaryFolder } from './support/running-correlator';
import { ScriptedHome } from './support/scripted-home';
import { ScriptedSources } from './support/scripted-sources';

const START = new Date('2026-03-01T00:00:00Z');
const END = new Date('2026-03-01T06:00:00Z');
const period = { from: START, to: END };

jest.setTimeout(60_000);

describe('backfill', () => {
  const home = new ScriptedHome(START, END);
  let sources: ScriptedSources;

  beforeAll(async () => {
    sources = await ScriptedSources.start(home);
  });

  afterAll(() => sources?.stop());

  it('answers the past of a store without one, and changes nothing when it is repeated', async () => {
    const environment = { ...sources.environment, DATA_DIR: temporaryFolder(), LOG_LEVEL: 'fatal' };
    const first = await backfill(environment, period);
    expect(first).toMatchObject({ answered: home.events.length, revised: 0 });
    expect(await backfill(environment, period)).toMatchObject({ answered: 0, revised: 0 });
    const { answers, lines } = await liveThrough(environment, END, END);
    expect(lines).toHaveLength(home.events.length);
    for (const { entityId, state, deltaW, pass } of answers) {
      const truthW = (state === 'on' ? 1 : -1) * home.truthW(entityId);
      expect(pass).toBe('backfill');
      expect(Math.abs((deltaW ?? 0) - truthW)).toBeLessThan(Math.max(10, 0.2 * Math.abs(truthW)));
    }
  });

  it('leaves what the service has answered, but for what it now knows better', async () => {
    const environment = { ...sources.environment, DATA_DIR: temporaryFolder(), LOG_LEVEL: 'fatal' };
    const lived = await liveThrough(environment, START, END);
    const { answered, revised } = await backfill(environment, period);
    expect(answered).toBe(home.events.length - lived.answers.length);
    expect(revised).toBeLessThan(home.events.length);
    const { answers } = await liveThrough(environment, START, END);
    const revisions = (of: typeof answers) => of.reduce((sum, { revision }) => sum + revision - 1, 0);
    expect(revisions(answers)).toBe(revisions(lived.answers) + revised);
    expect(await backfill(environment, period)).toMatchObject({ answered: 0, revised: 0 });
  });

  it('says what is wrong before it does anything', async () => {
    const environment = { ...sources.environment, DATA_DIR: temporaryFolder(), LOG_LEVEL: 'fatal' };
    await expect(backfill(environment, { from: END, to: START })).rejects.toThrow(
      '--from must be before --to',
    );
    const window = { ...environment, CORRELATION_METHOD: 'window' };
    await expect(backfill(window, period)).rejects.toMatchObject({ code: 'unsupported' });
  });
});
