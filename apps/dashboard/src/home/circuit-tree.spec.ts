import fc from 'fast-check';
import { CircuitNode, circuitTree, CircuitValue } from './circuit-tree';

const circuit = (id: string, value: number | null, parentId?: string): CircuitValue => ({
  id,
  name: id,
  parentId,
  value,
});

const shape = (nodes: readonly CircuitNode[]): unknown[] =>
  nodes.map(({ id, children }) => (children.length === 0 ? id : [id, ...shape(children)]));

describe('circuitTree', () => {
  it('puts circuits below their parents, the largest first, the unknown last', () => {
    const { roots } = circuitTree(
      [
        circuit('fridge', 90, 'kitchen'),
        circuit('attic', null),
        circuit('office', 20),
        circuit('kitchen', 300),
        circuit('oven', 200, 'kitchen'),
        circuit('orphan', 1, 'gone'),
      ],
      400,
    );
    expect(shape(roots)).toEqual([['kitchen', 'oven', 'fridge'], 'office', 'orphan', 'attic']);
    expect(roots[0]?.rest).toBe(10);
    expect(roots[0]?.share).toBe(75);
  });

  it('tells what is on no circuit, also where circuits claim more than there is', () => {
    expect(circuitTree([circuit('a', 300), circuit('b', 50, 'a')], 400)).toMatchObject({
      untracked: 100,
      untrackedShare: 25,
    });
    expect(circuitTree([circuit('a', 300)], 299).untracked).toBe(-1);
  });

  it.each([
    ['the whole is unknown', [circuit('a', 1)], null],
    ['a circuit is unknown', [circuit('a', 1), circuit('b', null)], 10],
    ['there are no circuits', [], 10],
  ])('does not guess the rest where %s', (_case, circuits, total) => {
    expect(circuitTree(circuits, total).untracked).toBeNull();
  });

  it('has no shares of a home that draws nothing', () => {
    expect(circuitTree([circuit('a', 5)], 0).roots[0]?.share).toBe(0);
    expect(circuitTree([circuit('a', null)], 10).roots[0]?.share).toBeNull();
  });

  it('shows every circuit once, whatever parents a source invents', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const circuits = fc.tuple(
      ...ids.map((id) =>
        fc.option(fc.constantFrom(...ids), { nil: undefined }).map((parentId) => circuit(id, 1, parentId)),
      ),
    );
    fc.assert(
      fc.property(circuits, (given) => {
        expect(shape(circuitTree(given, 5).roots).flat(10).sort()).toEqual(ids);
      }),
    );
  });
});
