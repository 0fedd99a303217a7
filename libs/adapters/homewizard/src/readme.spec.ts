import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHousehold } from '@smart-meter/household';
import { systemClock } from '@smart-meter/meter-adapter';
import { HomeWizardSimulator, phaseSources } from '@smart-meter/simulators';
import { HomeWizardMeter, HomeWizardMeterOptions } from './index';

describe('the example of the README', () => {
  it('does what it says', async () => {
    const readme = readFileSync(join(__dirname, '..', 'README.md'), 'utf8');
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const device = await HomeWizardSimulator.start({ sources: phaseSources(createHousehold({ seed: 1 })) });
    const printed: unknown[][] = [];
    const surroundings = {
      HomeWizardMeter: class extends HomeWizardMeter {
        constructor(options: HomeWizardMeterOptions) {
          super({ ...options, host: device.host });
        }
      },
      systemClock,
      console: { log: (...values: unknown[]) => printed.push(values) },
    };
    const body = example.replace(/^import .*\n/gm, '');
    const run = new Function(...Object.keys(surroundings), `return (async () => { ${body} })();`);
    await (run(...Object.values(surroundings)) as Promise<void>);
    expect(printed).toEqual([
      [expect.stringMatching(/^P1 Meter; the home's power is \d+ W$/)],
      [expect.any(Number), null, expect.any(Array), []],
    ]);
    await device.close();
  });
});
