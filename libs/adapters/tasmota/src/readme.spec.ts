import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHousehold } from '@smart-meter/household';
import { systemClock } from '@smart-meter/meter-adapter';
import { circuitSource, gridSource, TasmotaSimulator } from '@smart-meter/simulators';
import { TasmotaMeter, TasmotaMeterOptions } from './index';

describe('the example of the README', () => {
  it('does what it says', async () => {
    const readme = readFileSync(join(__dirname, '..', 'README.md'), 'utf8');
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const household = createHousehold({ seed: 1 });
    const { timeZone } = household;
    const home = await TasmotaSimulator.start({
      sources: [gridSource(household)],
      timeZone,
      deviceName: 'Home',
    });
    const plug = await TasmotaSimulator.start({ sources: [circuitSource(household, 'office')], timeZone });
    const printed: unknown[][] = [];
    const surroundings = {
      TasmotaMeter: class extends TasmotaMeter {
        constructor(options: TasmotaMeterOptions) {
          super({ ...options, hosts: [home.host, plug.host], mains: home.host });
        }
      },
      systemClock,
      console: { log: (...values: unknown[]) => printed.push(values) },
    };
    const body = example.replace(/^import .*\n/gm, '');
    const run = new Function(...Object.keys(surroundings), `return (async () => { ${body} })();`);
    await (run(...Object.values(surroundings)) as Promise<void>);
    expect(printed).toEqual([
      [expect.stringMatching(/^Home, Tasmota; the home's power is \d+ W$/)],
      [expect.any(Number), expect.any(Number), [expect.objectContaining({ name: 'Tasmota' })], []],
    ]);
    await Promise.all([home.close(), plug.close()]);
  });
});
