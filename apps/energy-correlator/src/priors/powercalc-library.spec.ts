import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PowercalcLibrary } from './powercalc-library';

const TYPE_LUT = { device_type: 'light', calculation_strategy: 'lut' };
const WHITE = 'bri,mired,watt\n1,150,0.6\n128,150,4\n255,150,9\n255,300,8\n255,450,7\n';

/** A small library of our own, in a folder of its own. */
function library(files: Record<string, unknown>) {
  const folder = mkdtempSync(join(tmpdir(), 'powercalc-'));
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(file, isRaw ? content : JSON.stringify(content));
  }
  const warnings: string[] = [];
  const made = new PowercalcLibrary(folder, { warn: (line: string) => void warnings.push(line) } as never);
  const find = (manufacturer: string, model: string, modelId: string | null = null, domain = 'light') =>
    made.find({ manufacturer, model, modelId }, domain);
  return { folder, warnings, find };
}

describe('PowercalcLibrary', () => {
  const { find, warnings } = library({
    'README.md': 'a checkout',
    'profile_library/signify/manufacturer.json': {
      name: 'Signify',
      aliases: ['Philips', 'Signify Netherlands B.V.'],
    },
    'profile_library/signify/LCT001/model.json': {
      ...TYPE_LUT,
      aliases: ['LCT007', '9290002579A'],
      standby_power: 0.4,
    },
    'profile_library/signify/LCT001/color_temp.csv.gz': gzipSync(WHITE),
    'profile_library/signify/LCT001/hs.csv.gz': gzipSync('bri,hue,sat,watt\n255,1,1,99\n'),
    'profile_library/signify/LTG002/model.json': {
      ...TYPE_LUT,
      linked_profile: 'signify/LCT001',
      standby_power: 0.2,
    },
    'profile_library/signify/LWB#slash#1/model.json': TYPE_LUT,
    'profile_library/signify/LWB#slash#1/brightness.csv': 'bri,watt\n1,0.5\n255,10\n',
    'profile_library/lifx/A19 Night/model.json': {
      ...TYPE_LUT,
      sub_profile_select: { default: 'default', matchers: [] },
    },
    'profile_library/lifx/A19 Night/default/brightness.csv.gz': gzipSync('bri,watt\n255,11\n'),
    'profile_library/lifx/A19 Night/night/brightness.csv.gz': gzipSync('bri,watt\n255,2\n'),
    'profile_library/ikea/plug/model.json': {
      device_type: 'smart_switch',
      calculation_strategy: 'fixed',
      fixed_config: { power: 0.5 },
    },
    'profile_library/ikea/air/model.json': {
      device_type: 'fan',
      calculation_strategy: 'linear',
      linear_config: { attribute: 'percentage', calibrate: ['1 -> 1.6', '100 -> 24.8', '50 -> 8.9'] },
      standby_power: 0.2,
    },
    'profile_library/sonos/one/model.json': {
      device_type: 'smart_speaker',
      calculation_strategy: 'linear',
      linear_config: { min_power: 4, max_power: 8 },
      standby_power: 3,
    },
    'profile_library/somfy/shutter/model.json': {
      device_type: 'cover',
      calculation_strategy: 'fixed',
      fixed_config: { states_power: { opening: 150, closing: 130, closed: 1 } },
    },
    'profile_library/odd/template/model.json': {
      device_type: 'light',
      calculation_strategy: 'fixed',
      fixed_config: { power: '{{ 3 }}' },
    },
    'profile_library/odd/mixed/model.json': {
      device_type: 'light',
      calculation_strategy: 'composite',
      composite_config: [],
    },
  });

  it.each([
    ['Signify Netherlands B.V.', 'Hue color lamp', 'LCT001', 'light', 'signify/LCT001', 8, 1.2, 0.4],
    ['philips', 'Hue color lamp (LCT007)', null, 'light', 'signify/LCT001', 8, 1.2, 0.4],
    ['signify', '9290002579a', null, 'light', 'signify/LCT001', 8, 1.2, 0.4],
    ['Signify', 'LTG002', null, 'light', 'signify/LTG002', 8, 1.2, 0.2],
    ['Signify', 'LWB/1', null, 'light', 'signify/LWB#slash#1', 10, 1.5, null],
    ['LIFX', 'A19 Night', null, 'light', 'lifx/A19 Night', 11, 1.65, null],
    ['IKEA', 'air', null, 'fan', 'ikea/air', 24.8, 3.72, 0.2],
    ['Sonos', 'One', null, 'media_player', 'sonos/one', 6, 2, 3],
    ['Somfy', 'Shutter', null, 'cover', 'somfy/shutter', 140, 21, null],
  ])('%s %s (%s) as a %s is %s', async (maker, model, modelId, domain, name, onW, sdW, standbyW) => {
    const profile = await find(maker, model, modelId, domain);
    expect(profile).toMatchObject({ name, standbyW });
    expect(profile?.onW).toBeCloseTo(onW, 6);
    expect(profile?.sdW).toBeCloseTo(sdW, 6);
  });

  it.each([
    ['Nobody', 'LCT001', 'light', 'a maker that is not there'],
    ['Signify', 'LCT999', 'light', 'a model that is not there'],
    ['Signify', 'LCT001', 'switch', 'another entity of the device'],
    ['IKEA', 'plug', 'switch', 'a plug, which says nothing of what is behind it'],
    ['odd', 'template', 'light', 'a template'],
    ['odd', 'mixed', 'light', 'a strategy that depends on conditions'],
  ])('%s %s as a %s has none: %s', async (maker, model, domain) => {
    expect(await find(maker, model, null, domain)).toBeNull();
    expect(warnings).toEqual([]);
  });
});

describe('a damaged library', () => {
  it('costs its own profiles, and a line each', async () => {
    const { find, warnings, folder } = library({
      'm/cut/model.json': '{"device_type": "li',
      'm/list/model.json': [],
      'm/none/readme.txt': 'no profile',
      'm/zip/model.json': TYPE_LUT,
      'm/zip/brightness.csv.gz': Buffer.from('no gzip'),
      'm/table/model.json': TYPE_LUT,
      'm/table/brightness.csv': 'bri,watt\n255,many\n',
      'm/line/model.json': {
        device_type: 'light',
        calculation_strategy: 'linear',
        linear_config: { calibrate: ['much'] },
      },
      'm/out/model.json': { ...TYPE_LUT, linked_profile: '../../../../etc' },
      'm/good/model.json': {
        device_type: 'light',
        calculation_strategy: 'fixed',
        fixed_config: { power: 7 },
      },
      'n/manufacturer.json': 'not JSON',
    });
    for (const model of ['cut', 'list', 'none', 'zip', 'table', 'line', 'out'])
      expect(await find('M', model)).toBeNull();
    expect(await find('M', 'good')).toMatchObject({ onW: 7 });
    const files = warnings.map((line) => line.replace(`POWERCALC_LIBRARY: ${folder}/`, '').split(':')[0]);
    expect(files.sort()).toEqual([
      'm/cut/model.json',
      'm/line/model.json',
      'm/list/model.json',
      'm/none/model.json',
      'm/table/brightness.csv',
      'm/zip/brightness.csv.gz',
      'n/manufacturer.json',
    ]);
  });

  it('does not fill the log', async () => {
    const models = Array.from({ length: 100 }, (_, index) => [`m/${index}/model.json`, 'broken'] as const);
    const { find, warnings } = library(Object.fromEntries(models));
    expect(await find('M', '5')).toBeNull();
    expect(warnings).toHaveLength(20);
    expect(warnings.at(-1)).toContain('further faults of the library are not told');
  });

  it('may be missing as a whole', async () => {
    const warnings: string[] = [];
    const missing = new PowercalcLibrary('/no/such/folder', {
      warn: (line: string) => void warnings.push(line),
    } as never);
    expect(
      await missing.find({ manufacturer: 'Signify', model: 'LCT001', modelId: null }, 'light'),
    ).toBeNull();
    expect(warnings.join()).toContain('POWERCALC_LIBRARY: /no/such/folder');
  });
});
