import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileDocumentStore } from '@smart-meter/meter-adapter';
import { EmporiaMeter } from './index';
import { EmporiaMeterOptions } from './options';
import { EMAIL, PASSWORD, startCloud } from './testing/simulated-cloud';

describe('the example of the README', () => {
  it('does what it says', async () => {
    const readme = readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(example).toContain(EMAIL);
    const cloud = await startCloud();
    const folder = mkdtempSync(path.join(tmpdir(), 'emporia-readme-'));
    const tokenFile = path.join(folder, 'tokens.json');
    const printed: unknown[][] = [];
    const surroundings = {
      EmporiaMeter: class {
        constructor(options: EmporiaMeterOptions) {
          const { tokenStore, credentials } = options;
          return cloud.meter({ tokenStore, credentials });
        }
      } as unknown as typeof EmporiaMeter,
      FileDocumentStore: class extends FileDocumentStore {
        constructor() {
          super(tokenFile);
        }
      },
      process: { env: { EMPORIA_PASSWORD: PASSWORD } },
      console: { log: (...values: unknown[]) => printed.push(values) },
    };
    const body = example.replace(/^import .*\n/gm, '');
    const run = new Function(...Object.keys(surroundings), `return (async () => { ${body} })();`);
    await (run(...Object.values(surroundings)) as Promise<void>);
    expect(printed).toEqual([[expect.any(Date), expect.any(Number), expect.any(Array), []]]);
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
    await cloud.simulator.close();
  });
});
