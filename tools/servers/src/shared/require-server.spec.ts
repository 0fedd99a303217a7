import { ServerUnavailableError } from './availability';
import { requireServer } from './require-server';

describe('requireServer', () => {
  const required = process.env['REQUIRE_REAL_SERVERS'];
  afterEach(() => {
    if (required === undefined) delete process.env['REQUIRE_REAL_SERVERS'];
    else process.env['REQUIRE_REAL_SERVERS'] = required;
    jest.restoreAllMocks();
  });

  const startMissing = () => Promise.reject(new ServerUnavailableError('InfluxDB', 'no such program'));

  it('says in one line why a server is missing', async () => {
    delete process.env['REQUIRE_REAL_SERVERS'];
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await requireServer(startMissing)).toBeUndefined();
    expect(write.mock.calls).toEqual([['SKIPPED real server: InfluxDB is not available: no such program\n']]);
  });

  it('fails where real servers are required', async () => {
    process.env['REQUIRE_REAL_SERVERS'] = '1';
    await expect(requireServer(startMissing)).rejects.toThrow('no such program');
  });

  it('never hides another fault', async () => {
    delete process.env['REQUIRE_REAL_SERVERS'];
    await expect(requireServer(() => Promise.reject(new Error('port taken')))).rejects.toThrow('port taken');
  });

  it('hands the server over', async () => {
    expect(await requireServer(() => Promise.resolve('server'))).toBe('server');
  });
});
