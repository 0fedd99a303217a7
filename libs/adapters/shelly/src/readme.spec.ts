import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@smart-meter/meter-adapter';
import { ShellySimulator } from '@smart-meter/simulators';
import { ShellyMeter, ShellyMeterOptions } from './index';
import { THREE_PHASES } from './testing/shelly-fixture';

describe('the example of the README', () => {
  it('does what it says', async () => {
    const readme = readFileSync(join(__dirname, '..', 'README.md'), 'utf8');
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const device = await ShellySimulator.start({ channels: THREE_PHASES, name: 'Mains' });
    const printed: unknown[][] = [];
    const surroundings = {
      ShellyMeter: class extends ShellyMeter {
        constructor(options: ShellyMeterOptions) {
          super({ ...options, hosts: [device.host] });
        }
      },
      systemClock,
      console: { log: (...values: unknown[]) => printed.push(values) },
    };
    const body = example.replace(/^import .*\n/gm, '');
    const run = new Function(...Object.keys(surroundings), `return (async () => { ${body} })();`);
    await (run(...Object.values(surroundings)) as Promise<void>);
    expect(printed).toEqual([
      [expect.stringMatching(/^Mains \(Pro3EM\); the home's power is -?\d+ W$/)],
      [expect.any(Number), null, expect.any(Array)],
    ]);
    await device.close();
  });
});
