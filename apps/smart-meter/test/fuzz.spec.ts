import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWith } from '@smart-meter/simulators';
import { RunningService, temporaryFolder, waitFor } from './support/running-service';

/** A fuzzer that nobody here wrote, which reads the description and looks for answers that are not in it. */
const environment = pythonWith('schemathesis==4.32.5');
const isRequired = process.env['REQUIRE_REAL_SERVERS'] === '1';
const isMissing = 'refusal' in environment;
if (isMissing && !isRequired) process.stderr.write(`SKIPPED schemathesis: ${environment.refusal}\n`);

/** A request that is too long is refused before anybody reads it. */
const CONFIGURATION = `[checks]
negative_data_rejection.expected-statuses = [400, 405, 431]
`;

const PARAMETERS = [
  '--phases=examples,coverage,fuzzing',
  '--max-examples=40',
  '--seed=1',
  '--request-timeout=20',
  // It does not end; openapi.spec.ts reads it.
  '--exclude-path=/stream',
  // That `from` comes before `to` cannot be said in a schema.
  '--exclude-checks=positive_data_acceptance',
  '--generation-database=none',
  '--no-color',
];

(isMissing && !isRequired ? describe.skip : describe)('schemathesis', () => {
  it('finds nothing', async () => {
    if ('refusal' in environment) throw new Error(`schemathesis is not available: ${environment.refusal}`);
    const service = await RunningService.start({ LOG_LEVEL: 'warn' });
    try {
      await waitFor('a reading', async () => {
        const { body } = await service.get<{ readings: unknown[] }>('/readings');
        return body.readings.length > 0;
      });
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'schemathesis.toml'), CONFIGURATION);
      const description = `${service.url}/openapi.json`;
      const { stdout } = await promisify(execFile)(
        environment.python,
        ['-m', 'schemathesis.cli', 'run', description, `--url=${service.url}`, ...PARAMETERS],
        { cwd: folder, timeout: 150_000, maxBuffer: 64 * 1024 * 1024 },
      ).catch((error: { stdout?: string; stderr?: string }) => {
        throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}`.slice(0, 20_000));
      });
      expect(stdout).toMatch(/\d+ generated, \d+ passed/);
      expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    } finally {
      await service.stop();
    }
  }, 200_000);
});
