import fc from 'fast-check';
import { EventParser } from './event-parser';

const TEXT =
  'retry: 2000\n\n: still here\n\nid: 7\nevent: reading\ndata: {"a":"ä"}\n\ndata: one\ndata: two\r\n\r\nid: 8\ndata: 3\n\n';

describe('EventParser', () => {
  it('gives the same events however the text is cut', () => {
    const whole = new EventParser().take(TEXT);
    expect(whole).toEqual([
      { id: '7', type: 'reading', data: '{"a":"ä"}' },
      { id: null, type: 'message', data: 'one\ntwo' },
      { id: '8', type: 'message', data: '3' },
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: TEXT.length })), (cuts) => {
        const parser = new EventParser();
        const points = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
        const found = points.slice(1).flatMap((end, index) => parser.take(TEXT.slice(points[index], end)));
        expect(found).toEqual(whole);
      }),
    );
  });

  it('waits for the end of an event', () => {
    const parser = new EventParser();
    expect(parser.take('data: half')).toEqual([]);
    expect(parser.take('\n\n')).toHaveLength(1);
  });
});
