import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEnvFile } from './load-env-file';

const folder = mkdtempSync(join(tmpdir(), 'env-file-'));

it('completes the environment; what is set already wins, even to nothing', () => {
  const file = join(folder, 'service.env');
  writeFileSync(file, '# a comment\nSERVICE_PORT=8017\nLOG_LEVEL=info\nAPI_TOKEN=file\n');
  const environment = { LOG_LEVEL: 'warn', API_TOKEN: '' };
  loadEnvFile(file, environment);
  expect(environment).toEqual({ SERVICE_PORT: '8017', LOG_LEVEL: 'warn', API_TOKEN: '' });
});

it('does without a file', () => {
  const environment = { LOG_LEVEL: 'warn' };
  loadEnvFile(join(folder, 'none.env'), environment);
  expect(environment).toEqual({ LOG_LEVEL: 'warn' });
});

it('names a file that cannot be read', () => {
  const unreadable = join(folder, 'folder.env');
  mkdirSync(unreadable);
  expect(() => loadEnvFile(unreadable, {})).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: expect.stringContaining(unreadable) as string,
    }),
  );
});
