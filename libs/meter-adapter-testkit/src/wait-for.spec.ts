import { until, waitFor } from './wait-for';

describe('waitFor', () => {
  it('ends when it holds, also where asking takes time', async () => {
    let asked = 0;
    await waitFor('the third question', () => Promise.resolve(++asked === 3));
    expect(asked).toBe(3);
  });

  it('says what did not come to pass', async () => {
    await expect(waitFor('rain', () => false, 5)).rejects.toThrow('waited 0.005 s in vain for rain');
  });

  it('passes on that asking failed', async () => {
    const ask = () => {
      throw new Error('nobody there');
    };
    await expect(until(ask)).rejects.toThrow('nobody there');
  });
});
