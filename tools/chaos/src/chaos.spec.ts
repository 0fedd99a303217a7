import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describeWithServer, INFLUXDB } from '@smart-meter/servers';
import { runScenario } from './run-scenario';
import { SCENARIOS } from './scenarios';

const ROOT = join(__dirname, '..', '..', '..');

jest.setTimeout(180_000);

describeWithServer(INFLUXDB, 'The running service under every fault, in a bounded form', () => {
  beforeAll(() => {
    const { status, stdout } = spawnSync(
      'tsc',
      ['--build', join('apps', 'smart-meter', 'tsconfig.app.json')],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(`smart-meter cannot be built:\n${stdout}`);
  });

  it.each(SCENARIOS.map((scenario) => [scenario.fault, scenario] as const))(
    '%s',
    async (_fault, scenario) => {
      const result = await runScenario(scenario, 'bounded');
      if (result === undefined) {
        // The line that says why has been printed.
        expect(process.env['REQUIRE_REAL_SERVERS']).not.toBe('1');
        return;
      }
      expect(result.accepted).toBeGreaterThan(10);
      expect(result).toMatchObject({ lost: 0, duplicated: 0, found: result.accepted, wrong: [] });
    },
  );
});
