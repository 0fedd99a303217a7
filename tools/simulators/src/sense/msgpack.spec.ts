import { encodeMsgpack } from './msgpack';

describe('MessagePack', () => {
  it.each([
    [null, 'c0'],
    [true, 'c3'],
    [false, 'c2'],
    [5, 'd200000005'],
    [-1, 'd2ffffffff'],
    [2.5, 'cb4004000000000000'],
    [2 ** 40, 'cb4270000000000000'],
    ['hé', 'da000368c3a9'],
    [[1, 'a'], 'dc0002d200000001da000161'],
    [{ w: null, left: undefined }, 'de0001da000177c0'],
  ])('writes %j', (value, hex) => {
    expect(encodeMsgpack(value).toString('hex')).toBe(hex);
  });

  it('writes long text with a long length', () => {
    const bytes = encodeMsgpack('x'.repeat(70_000));
    expect(bytes.subarray(0, 5).toString('hex')).toBe('db00011170');
    expect(bytes).toHaveLength(70_005);
  });

  it('refuses what it cannot say', () => {
    expect(() => encodeMsgpack(() => 0)).toThrow('function');
  });
});
