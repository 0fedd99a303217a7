import { describeWithServer, INFLUXDB, InfluxDbServer, startInfluxDb } from '@smart-meter/servers';
import fc from 'fast-check';
import { REPLACEMENT, tag, withFloat, withText } from './line-protocol';

describe('tag', () => {
  it.each([
    ['sensor.power', 'sensor.power'],
    ['a b,c=d', 'a\\ b\\,c\\=d'],
    ['"quoted"', '"quoted"'],
    ['💡 é', '💡\\ é'],
    ['C:\\new', 'C:\\new'],
    ['ends in \\', `ends\\ in\\ ${REPLACEMENT}`],
    ['two \\\\', `two\\ \\${REPLACEMENT}`],
    ['\\, \\= \\ ', [`${REPLACEMENT}\\,`, `${REPLACEMENT}\\=`, `${REPLACEMENT}\\ `].join('\\ ')],
    ['line\nfeed\r\ttab\0', `line${REPLACEMENT}feed${REPLACEMENT}${REPLACEMENT}tab${REPLACEMENT}`],
    ['half \ud83d', `half\\ ${REPLACEMENT}`],
  ])('writes %j', (value, written) => {
    expect(tag('a', value)).toBe(`,a=${written}`);
  });

  it('leaves an empty value out', () => {
    expect(tag('a', '')).toBe('');
  });

  it('cuts what no series key can hold, between characters', () => {
    const cut = tag('a', '💡'.repeat(3_000));
    expect(cut).toBe(`,a=${'💡'.repeat(1_999)}${REPLACEMENT}${REPLACEMENT}`);
  });
});

describe('fields', () => {
  it.each([
    [0, 'w=0'],
    [-0, 'w=0'],
    [-1.5, 'w=-1.5'],
    [1e21, 'w=1e+21'],
    [1e-7, 'w=1e-7'],
    [null, ''],
    [undefined, ''],
    [NaN, ''],
    [-Infinity, ''],
  ])('writes the number %p as %p', (value, written) => {
    expect(withFloat('', 'w', value)).toBe(written);
  });

  it('separates fields', () => {
    expect(withText(withFloat('', 'w', 1), 't', 'a, "b" \\ =')).toBe('w=1,t="a, \\"b\\" \\\\ ="');
  });
});

/** What a value reads back as: itself but for what the grammar cannot carry. */
const readBack = (value: string) =>
  value
    .toWellFormed()
    .replace(/\p{Cc}/gu, REPLACEMENT)
    .replace(/\\(?=[, =]|$)/g, REPLACEMENT);
const readBackText = (value: string) => value.toWellFormed().replace(/\p{Cc}/gu, REPLACEMENT);

const trickyCharacter = fc.constantFrom(
  ...'\\\\\\,,== \'"#\n\r\t\0ab💡é\u2028\ufeff\u0085'.split(''),
  '💡',
  '\ud800',
);
const trickyText = fc.oneof(
  fc.string({ unit: trickyCharacter, maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

describeWithServer(INFLUXDB, 'line protocol', () => {
  let influx: InfluxDbServer;
  beforeAll(async () => {
    influx = await startInfluxDb();
    await influx.createDatabase('home');
  });
  afterAll(() => influx.stop());

  it('arrives as itself, and never breaks its neighbours', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            first: trickyText,
            last: trickyText,
            text: trickyText,
            w: fc.double({ noNaN: true, noDefaultInfinity: true }),
          }),
          {
            minLength: 1,
            maxLength: 30,
          },
        ),
        async (points) => {
          const measurement = `m${run++}`;
          const lines = points.map(
            ({ first, last, text, w }, index) =>
              `${measurement}${tag('first', first)},index=${index}${tag('last', last)} ${withText(withFloat('', 'w', w), 'text', text)} ${index}`,
          );
          const answer = await fetch(`${influx.url}/write?db=home&precision=ms`, {
            method: 'POST',
            body: lines.join('\n'),
          });
          expect([answer.status, await answer.text()]).toEqual([204, '']);
          const [series] = await influx.query(`SELECT "first","last","text","w" FROM ${measurement}`, 'home');
          expect(series?.values).toEqual(
            points.map(({ first, last, text, w }, index) => [
              index,
              readBack(first) || null,
              readBack(last) || null,
              readBackText(text),
              w === 0 ? 0 : w,
            ]),
          );
        },
      ),
      { numRuns: 150, endOnFailure: true },
    );
  }, 30_000);
});
