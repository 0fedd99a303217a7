import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Answer } from '../src/correlation/answer';
import { Lived, liveThrough } from './support/live-through';
import { temporaryFolder } from './support/running-correlator';
import { ScriptedHome } from './support/scripted-home';
import { ScriptedSources } from './support/scripted-sources';

const START = new Date('2026-03-01T00:00:00Z');
const END = new Date('2026-03-01T08:00:00Z');
const KILLS = 6;

jest.setTimeout(120_000);

describe('kill -9', () => {
  let home: ScriptedHome;
  let sources: ScriptedSources;

  beforeAll(async () => {
    home = new ScriptedHome(START, END);
    sources = await ScriptedSources.start(home);
  });

  afterAll(() => sources?.stop());

  /** Runs the worker; kills it some ms after its first run, if told to. Resolves with whether it was done. */
  function work(environment: Record<string, string>, killAfterMs?: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const worker = spawn(
        process.execPath,
        [
          '--conditions=@smart-meter/source',
          '--disable-warning=ExperimentalWarning',
          join(__dirname, 'support', 'crash-worker.cjs'),
          JSON.stringify(environment),
          START.toISOString(),
          END.toISOString(),
        ],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '' } },
      );
      let faults = '';
      worker.stderr.setEncoding('utf8').on('data', (text: string) => (faults += text));
      worker.stdout.once('data', () => {
        if (killAfterMs !== undefined) setTimeout(() => worker.kill('SIGKILL'), killAfterMs);
      });
      worker.on('error', reject);
      worker.on('close', (code, signal) => {
        if (code === 1) reject(new Error(faults));
        else resolve(signal === null);
      });
    });
  }

  it('at any instant neither loses an event nor answers one twice', async () => {
    const undisturbed = await liveThrough(
      { ...sources.environment, DATA_DIR: temporaryFolder() },
      START,
      END,
    );
    const environment = { ...sources.environment, DATA_DIR: temporaryFolder() };
    let kills = 0;
    for (let isDone = false; !isDone;) {
      isDone = await work(environment, kills < KILLS ? 5 + 17 * kills : undefined);
      if (!isDone) kills += 1;
    }
    const survived = await liveThrough(environment, START, END);
    expect(kills).toBeGreaterThan(0);
    expect(survived.processedUntil).toEqual(END);
    expect(survived.answers.map(withoutWriteTime)).toEqual(undisturbed.answers.map(withoutWriteTime));
    expect(survived.lines).toEqual(undisturbed.lines);
    expectComplete(survived);
  });

  function expectComplete({ answers, lines }: Lived): void {
    const answerable = home.events.filter(({ at }) => at.getTime() < END.getTime() - 120_000);
    const ids = answers.map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(answerable.filter(({ entityId, at }) => !ids.includes(`${entityId}@${at.getTime()}`))).toEqual([]);
    const attributed = answers.filter(({ deltaW }) => deltaW !== null);
    expect(attributed.length).toBeGreaterThan(answers.length * 0.8);
    const points = new Set(lines.map((line) => line.replace(/ .* (\d+)$/, ' $1')));
    expect(points.size).toBe(answers.length);
  }
});

function withoutWriteTime(answer: Answer): Answer {
  return { ...answer, writtenAtMs: 0 };
}
