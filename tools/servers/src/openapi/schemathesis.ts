import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Availability, ServerKind, ServerUnavailableError } from '../shared/availability';
import { PythonEnvironment, pythonWith } from '../shared/python-packages';

const REQUIREMENT = 'schemathesis==4.32.5';
const TIMEOUT_MS = 150_000;

let environment: PythonEnvironment | undefined;

/** A fuzzer that nobody here wrote, which reads an OpenAPI document and looks for answers that are not in it. */
export const SCHEMATHESIS: ServerKind = {
  name: 'schemathesis',
  availability: (): Availability => {
    const found = (environment ??= pythonWith(REQUIREMENT));
    return 'refusal' in found ? { available: false, reason: found.refusal } : { available: true };
  },
};

/** A request that is too long is refused before anybody reads it. */
const CONFIGURATION = `[checks]
negative_data_rejection.expected-statuses = [400, 405, 431]
`;

const PARAMETERS = [
  '--phases=examples,coverage,fuzzing',
  '--max-examples=40',
  '--seed=1',
  '--request-timeout=20',
  // That `from` comes before `to` cannot be said in a schema.
  '--exclude-checks=positive_data_acceptance',
  '--generation-database=none',
  '--no-color',
];

/**
 * Tries a running service against its own `/openapi.json`.
 * @param excludedPaths those that do not end
 * @returns what schemathesis says
 * @throws Error with its report, where it found something or did not end in time
 */
export async function fuzz(url: string, excludedPaths: readonly string[] = []): Promise<string> {
  const found = (environment ??= pythonWith(REQUIREMENT));
  if ('refusal' in found) throw new ServerUnavailableError(SCHEMATHESIS.name, found.refusal);
  const folder = mkdtempSync(join(tmpdir(), 'schemathesis-'));
  writeFileSync(join(folder, 'schemathesis.toml'), CONFIGURATION);
  const excluded = excludedPaths.map((path) => `--exclude-path=${path}`);
  const { stdout } = await promisify(execFile)(
    found.python,
    ['-m', 'schemathesis.cli', 'run', `${url}/openapi.json`, `--url=${url}`, ...PARAMETERS, ...excluded],
    { cwd: folder, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}`.slice(0, 20_000));
  });
  return stdout;
}
