import { CircuitReading, MeterReading } from '@smart-meter/meter-adapter';
import { Consumption } from '../collection/consumption';
import { CircuitsController } from './circuits.controller';

const circuit = (id: string, powerW: number | null, more: Partial<CircuitReading> = {}): CircuitReading => ({
  id,
  name: id,
  powerW,
  ...more,
});

async function answerTo(totalPowerW: number | null, circuits: CircuitReading[]) {
  const reading: MeterReading = {
    meterId: 'm',
    observedAt: new Date(0),
    averagedOverS: 0,
    totalPowerW,
    circuits,
    provenance: 'live',
  };
  const consumption = { current: async () => reading } as unknown as Consumption;
  return new CircuitsController(consumption).circuits();
}

describe('GET /circuits', () => {
  it('tells what the circuits that are added up do not account for', async () => {
    const answer = await answerTo(1000, [
      circuit('heat-pump', 400),
      circuit('compressor', 300, { parentId: 'heat-pump' }),
      circuit('oven', 100),
      circuit('oven-template', 100, { isCountedElsewhere: true }),
      circuit('unheard-template', null, { isCountedElsewhere: true }),
    ]);
    expect(answer).toMatchObject({ untracked_power_w: 500, untracked_percentage: 50 });
    expect(answer.circuits.map(({ id, counted_elsewhere }) => [id, counted_elsewhere])).toEqual([
      ['heat-pump', undefined],
      ['oven', undefined],
      ['oven-template', true],
      ['unheard-template', true],
    ]);
  });

  it.each([
    ['the home is unknown', null, [circuit('a', 1)]],
    ['a circuit is unknown', 5, [circuit('a', 1), circuit('b', null)]],
    ['no circuit is added up', 5, [circuit('a', 1, { isCountedElsewhere: true })]],
  ])('does not tell it where %s', async (_where, totalPowerW, circuits) => {
    expect(await answerTo(totalPowerW, circuits)).toMatchObject({ untracked_power_w: null });
  });

  it('puts circuits that are parts of each other, or of one that is not there, at the top', async () => {
    const { circuits } = await answerTo(5, [
      circuit('a', 1, { parentId: 'b' }),
      circuit('b', 2, { parentId: 'a' }),
      circuit('c', 1, { parentId: 'gone' }),
    ]);
    expect(circuits.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
