import { useRef, useState } from 'preact/hooks';
import { CircuitNode, CircuitTree } from '../home/circuit-tree';
import { formatShare } from '../format/quantities';
import { circuitHash } from '../state/route';
import { ShareBar } from './share-bar';

interface CircuitTreeListProps {
  tree: CircuitTree;
  total: number | null;
  format(value: number | null): string;
}

interface TreeRow {
  id: string;
  name: string;
  value: number | null;
  share: number | null;
  level: number;
  /** null where there is nothing to open. */
  isOpen: boolean | null;
  parentId: string | null;
  kind: 'circuit' | 'rest';
}

/** Less is rounding and not worth a row. */
const LEAST_REST = 0.005;

/** Circuits as a tree that keys and screen readers know their way around; a name leads to the circuit's past. */
export function CircuitTreeList({ tree, total, format }: CircuitTreeListProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const rows = visibleRows(tree, closed, total);
  const currentId = rows.some(({ id }) => id === current) ? current : rows[0]?.id;
  const focus = (row: TreeRow | undefined) => {
    if (!row) return;
    setCurrent(row.id);
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(row.id)}"]`)?.focus();
  };
  const setOpen = (id: string, open: boolean) =>
    setClosed((before) => {
      const after = new Set(before);
      if (open) after.delete(id);
      else after.add(id);
      return after;
    });
  const onKeyDown = (event: KeyboardEvent) => {
    const index = rows.findIndex(({ id }) => id === currentId);
    const row = rows[index];
    if (!row) return;
    const actions: Record<string, () => void> = {
      ArrowDown: () => focus(rows[index + 1]),
      ArrowUp: () => focus(rows[index - 1]),
      Home: () => focus(rows[0]),
      End: () => focus(rows.at(-1)),
      ArrowRight: () =>
        row.isOpen === false ? setOpen(row.id, true) : row.isOpen ? focus(rows[index + 1]) : undefined,
      ArrowLeft: () =>
        row.isOpen ? setOpen(row.id, false) : focus(rows.find(({ id }) => id === row.parentId)),
      Enter: () => (row.kind === 'circuit' ? (location.hash = circuitHash(row.id)) : undefined),
      ' ': () => (row.isOpen === null ? undefined : setOpen(row.id, !row.isOpen)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  return (
    <div class="tree" role="tree" aria-label="Circuits" ref={list} onKeyDown={onKeyDown}>
      {rows.map((row) => (
        <div
          key={row.id}
          class={`tree-row tree-${row.kind}`}
          role="treeitem"
          data-id={row.id}
          data-level={Math.min(4, row.level)}
          aria-level={row.level}
          aria-expanded={row.isOpen === null ? undefined : row.isOpen}
          tabIndex={row.id === currentId ? 0 : -1}
          onFocus={() => setCurrent(row.id)}
          onClick={() => (row.isOpen === null ? undefined : setOpen(row.id, !row.isOpen))}
        >
          <span class="tree-name">
            <span class="tree-sign" aria-hidden="true">
              {row.isOpen === null ? '' : row.isOpen ? '▾' : '▸'}
            </span>
            {row.kind === 'circuit' ? (
              <a href={circuitHash(row.id)} tabIndex={-1} onClick={(event) => event.stopPropagation()}>
                {row.name}
              </a>
            ) : (
              row.name
            )}
          </span>
          <ShareBar share={row.share} />
          <span class="tree-share">
            {formatShare(row.share)}
            <span class="visually-hidden"> of the home</span>
          </span>
          <span class="tree-value">{format(row.value)}</span>
        </div>
      ))}
      <div class="tree-row tree-total" aria-hidden="true">
        <span class="tree-name">
          <span class="tree-sign" />
          Whole home
        </span>
        <span class="share" />
        <span class="tree-share" />
        <span class="tree-value">{format(total)}</span>
      </div>
    </div>
  );
}

function visibleRows(tree: CircuitTree, closed: ReadonlySet<string>, total: number | null): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (node: CircuitNode, level: number, parentId: string | null) => {
    const isOpen = node.children.length === 0 ? null : !closed.has(node.id);
    rows.push({ ...node, level, isOpen, parentId, kind: 'circuit' });
    if (!isOpen) return;
    for (const child of node.children) add(child, level + 1, node.id);
    if (node.rest !== null && Math.abs(node.rest) > LEAST_REST) {
      const share = total === null || total <= 0 ? null : (node.rest / total) * 100;
      const name = `Rest of ${node.name}`;
      rows.push({
        id: `${node.id} rest`,
        name,
        value: node.rest,
        share,
        level: level + 1,
        isOpen: null,
        parentId: node.id,
        kind: 'rest',
      });
    }
  };
  for (const root of tree.roots) add(root, 1, null);
  rows.push({
    id: 'untracked',
    name: 'Not on any circuit',
    value: tree.untracked,
    share: tree.untrackedShare,
    level: 1,
    isOpen: null,
    parentId: null,
    kind: 'rest',
  });
  return rows;
}
