import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createHousehold } from '@smart-meter/household';
import { SenseSimulator, SenseSimulatorOptions } from '@smart-meter/simulators';
import { check } from '../src/operations/check';
import { loginSense } from '../src/operations/login';
import { Prompt, Question } from '../src/operations/prompt';
import { CapturedTerminal } from './support/captured-terminal';
import { RunningService, temporaryFolder, waitFor } from './support/running-service';

const household = createHousehold({ seed: 7, solar: true, timeZone: 'Europe/Berlin' });
let simulator: SenseSimulator;

async function start(options: Partial<SenseSimulatorOptions> = {}): Promise<Record<string, string>> {
  simulator = await SenseSimulator.start({
    monitors: [{ id: 70004, household, solarConfigured: true }],
    ...options,
  });
  return {
    METER_TYPE: 'sense',
    SENSE_URL: new URL(simulator.apiUrl).origin,
    SENSE_EMAIL: simulator.email,
    SENSE_PASSWORD: simulator.password,
    BACKFILL_DAYS: '0',
    DATA_DIR: temporaryFolder(),
  };
}

afterEach(() => simulator.close());

/** A user who types these lines. */
function typing(...answers: string[]): { prompt: Prompt; questions: Question[] } {
  const questions: Question[] = [];
  return {
    questions,
    prompt: (question) => {
      questions.push(question);
      return Promise.resolve(answers.shift() ?? '');
    },
  };
}

interface ConsumptionBody {
  timestamp: string;
  total_power_w: number;
  solar_power_w: number;
  provenance: string;
  circuits: { id: string; name: string; power_w: number | null }[];
}

describe('METER_TYPE=sense', () => {
  it('reads the monitor, with its devices and sources, and is healthy', async () => {
    const environment = await start();
    const service = await RunningService.start(environment);
    try {
      await service.collect();
      const { body: consumption } = await service.get<ConsumptionBody>('/consumption');
      expect(consumption.provenance).toBe('live');
      expect(consumption.total_power_w).toBeGreaterThan(0);
      expect(consumption.circuits.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['Always On', 'Other']),
      );
      const sum = consumption.circuits.reduce((total, { power_w }) => total + (power_w ?? 0), 0);
      expect(sum).toBeCloseTo(consumption.total_power_w, -1);
      const { body } = await service.get<{ sources: { role: string }[] }>('/sources');
      expect(body.sources.map(({ role }) => role)).toEqual(
        expect.arrayContaining(['home', 'solar', 'circuit']),
      );
      expect((await service.get('/health')).body).toMatchObject({ status: 'healthy', success_rate: 1 });
      expect(service.log.join('')).not.toContain(simulator.password);
    } finally {
      await service.stop();
    }
  });

  it('follows the live feed where that is wanted', async () => {
    const service = await RunningService.start({
      ...(await start({ feedIntervalMs: 50 })),
      SENSE_STREAM: 'true',
      FETCH_INTERVAL_SECONDS: '3600',
    });
    try {
      await waitFor('several changes', async () => {
        const { body } = await service.get<{ readings: unknown[] }>('/readings?circuits=none');
        return body.readings.length >= 3;
      });
      expect((await service.get('/health')).body).toMatchObject({
        details: { adapter: { stream: 'connected' } },
      });
    } finally {
      await service.stop();
    }
  });
});

describe('smart-meter login sense', () => {
  it('asks for the code once, keeps the session and not the password, and the service goes on with it', async () => {
    const {
      SENSE_EMAIL: email = '',
      SENSE_PASSWORD: password = '',
      ...rest
    } = await start({ mfaCode: '123456' });
    const dataDir = rest['DATA_DIR'] ?? '';
    const terminal = new CapturedTerminal();
    const user = typing(email, password, '123 456');
    await loginSense(rest, terminal, user.prompt);
    expect(user.questions.map(({ text, hidden }) => [text.split(':')[0], hidden === true])).toEqual([
      ['E-mail address of the Sense account', false],
      ['Password', true],
      ['Code of the authenticator app', false],
    ]);
    expect(terminal.printed).toEqual([expect.stringMatching(/^monitor 70004 /)]);
    const path = join(dataDir, 'meter', 'sense-session.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain(password);

    const service = await RunningService.start(rest);
    try {
      await service.collect();
      expect((await service.get('/consumption')).body).toMatchObject({ provenance: 'live' });
    } finally {
      await service.stop();
    }
    expect(simulator.accounts.loginTimes).toHaveLength(1);
  });

  it('asks again for a code that was wrong, and gives up with a reason', async () => {
    const environment = await start({ mfaCode: '123456' });
    const user = typing('000000', '000001', '123456');
    await loginSense(environment, new CapturedTerminal(), user.prompt);
    expect(user.questions.map(({ text }) => text)).toEqual([
      'Code of the authenticator app: ',
      'Sense does not accept this code. The next one: ',
      'Sense does not accept this code. The next one: ',
    ]);
    await expect(loginSense(environment, new CapturedTerminal(), user.prompt)).rejects.toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('15 minutes') as string,
    });
  });
});

describe('smart-meter check with Sense', () => {
  const cases: [string, Partial<SenseSimulatorOptions>, Record<string, string>, RegExp][] = [
    ['a wrong password', {}, { SENSE_PASSWORD: 'wrong' }, /does not accept this e-mail address and password/],
    ['half of the credentials', {}, { SENSE_PASSWORD: '' }, /SENSE_PASSWORD/],
    ['an account with codes', { mfaCode: '123456' }, {}, /smart-meter login sense/],
    ['no log-in yet', {}, { SENSE_EMAIL: '', SENSE_PASSWORD: '' }, /smart-meter login sense/],
    ['a monitor that is not there', {}, { SENSE_MONITOR_ID: '1' }, /70004/],
  ];

  it.each(cases)('%s: a sentence that says what to do', async (_name, options, change, expected) => {
    const terminal = new CapturedTerminal();
    expect(await check({ ...(await start(options)), ...change }, terminal)).toBe(false);
    expect(terminal.text).toMatch(expected);
    expect(terminal.text).not.toContain(simulator.password);
  });

  it('finds nothing wrong with good settings', async () => {
    const terminal = new CapturedTerminal();
    expect(await check(await start(), terminal)).toBe(true);
    expect(terminal.text).toContain('Sense monitor');
  });
});
