/** A circuit with the value that is compared: W now, or kWh of a period. */
export interface CircuitValue {
  id: string;
  name: string;
  parentId: string | undefined;
  value: number | null;
}

export interface CircuitNode extends CircuitValue {
  /** Of the whole home, %; null where either is unknown. */
  share: number | null;
  children: CircuitNode[];
  /** What no child accounts for; null where it cannot be known or there are no children. */
  rest: number | null;
}

export interface CircuitTree {
  roots: CircuitNode[];
  /** What no top-level circuit accounts for; null where it cannot be known. */
  untracked: number | null;
  untrackedShare: number | null;
}

/** Circuits under the ones that they are a part of, the largest first; an unknown parent counts as none. */
export function circuitTree(circuits: readonly CircuitValue[], total: number | null): CircuitTree {
  const nodes = new Map(
    circuits.map((circuit): [string, CircuitNode] => [
      circuit.id,
      { ...circuit, share: shareOf(circuit.value, total), children: [], rest: null },
    ]),
  );
  const roots: CircuitNode[] = [];
  for (const node of nodes.values()) {
    const parent = node.parentId === undefined ? undefined : nodes.get(node.parentId);
    if (parent && !hasAncestor(parent, node.id, nodes)) parent.children.push(node);
    else roots.push(node);
  }
  for (const node of nodes.values()) {
    node.children.sort(largestFirst);
    if (node.children.length > 0) node.rest = remainder(node.value, node.children);
  }
  const untracked = roots.length === 0 ? null : remainder(total, roots);
  return { roots: roots.sort(largestFirst), untracked, untrackedShare: shareOf(untracked, total) };
}

export function shareOf(value: number | null, total: number | null): number | null {
  if (value === null || total === null) return null;
  return total <= 0 ? 0 : (value / total) * 100;
}

function remainder(total: number | null, parts: readonly CircuitValue[]): number | null {
  if (total === null) return null;
  let rest = total;
  for (const { value } of parts) {
    if (value === null) return null;
    rest -= value;
  }
  return rest;
}

/** A source that lies could make a circuit its own grandparent. */
function hasAncestor(node: CircuitNode, id: string, nodes: ReadonlyMap<string, CircuitNode>): boolean {
  const seen = new Set<string>();
  for (let at: CircuitNode | undefined = node; at && !seen.has(at.id); at = nodes.get(at.parentId ?? '')) {
    if (at.id === id) return true;
    seen.add(at.id);
  }
  return false;
}

/** The unknown last; equals by name, so that rows do not jump. */
function largestFirst(a: CircuitNode, b: CircuitNode): number {
  return (b.value ?? -Infinity) - (a.value ?? -Infinity) || a.name.localeCompare(b.name);
}
