import { Flow, FlowNode, flows, selfSufficiency } from '../home/flows';
import { Picture } from '../home/picture';
import { formatPower, formatShare } from '../format/quantities';

const PLACES: Readonly<Record<FlowNode, { x: number; y: number; name: string }>> = {
  solar: { x: 180, y: 52, name: 'Solar' },
  grid: { x: 52, y: 150, name: 'Grid' },
  home: { x: 308, y: 150, name: 'Home' },
  battery: { x: 180, y: 248, name: 'Battery' },
};
const RADIUS = 42;

/** Where the power comes from and where it goes, now. */
export function FlowDiagram({ picture }: { picture: Picture }) {
  const found = flows(picture);
  const share = selfSufficiency(picture);
  const nodes = presentNodes(picture);
  return (
    <figure class="flow-diagram">
      <svg
        viewBox={nodes.includes('battery') ? '0 0 360 300' : '0 0 360 205'}
        role="img"
        aria-label={inWords(found)}
      >
        {found.map((flow) => (
          <FlowLine key={`${flow.from} ${flow.to}`} flow={flow} />
        ))}
        {nodes.map((node) => (
          <g
            key={node}
            class={`flow-node flow-${node}`}
            transform={`translate(${PLACES[node].x} ${PLACES[node].y})`}
          >
            <circle r={RADIUS} />
            <text class="flow-name" y={-13}>
              {PLACES[node].name}
            </text>
            <text class="flow-power" y={6}>
              {formatPower(powerOf(picture, node))}
            </text>
            <text class="flow-direction" y={21}>
              {direction(picture, node)}
            </text>
          </g>
        ))}
      </svg>
      {share !== null && (
        <figcaption>
          <strong>{formatShare(share)}</strong> of what the home draws does not come from the grid
        </figcaption>
      )}
    </figure>
  );
}

function FlowLine({ flow }: { flow: Flow }) {
  const [from, to] = [PLACES[flow.from], PLACES[flow.to]];
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const at = (distance: number) => [
    from.x + ((to.x - from.x) * distance) / length,
    from.y + ((to.y - from.y) * distance) / length,
  ];
  const [x1, y1] = at(RADIUS + 3);
  const [x2, y2] = at(length - RADIUS - 3);
  const width = Math.min(9, 2 + flow.powerW / 700);
  const line = { x1, y1, x2, y2, 'stroke-width': width };
  return (
    <g class={`flow-line flow-${flow.from}`}>
      <line {...line} class="flow-track" />
      <line {...line} class={`flow-moving ${flow.powerW > 1500 ? 'flow-fast' : ''}`} />
    </g>
  );
}

/** Whether there is a flow to show: a home with its own supply, or at least a grid that is measured by itself. */
export function hasFlows({ solarPowerW, batteryPowerW }: Picture): boolean {
  return solarPowerW !== undefined || batteryPowerW !== undefined;
}

function presentNodes(picture: Picture): FlowNode[] {
  const nodes: FlowNode[] = ['grid', 'home'];
  if (picture.solarPowerW !== undefined) nodes.push('solar');
  if (picture.batteryPowerW !== undefined) nodes.push('battery');
  return nodes;
}

function powerOf(picture: Picture, node: FlowNode): number | null | undefined {
  if (node === 'home') return picture.totalPowerW;
  if (node === 'solar') return picture.solarPowerW;
  const signed = node === 'grid' ? picture.gridPowerW : picture.batteryPowerW;
  return typeof signed === 'number' ? Math.abs(signed) : signed;
}

function direction(picture: Picture, node: FlowNode): string {
  const { gridPowerW: grid, batteryPowerW: battery } = picture;
  if (node === 'grid' && typeof grid === 'number' && grid !== 0) return grid > 0 ? 'import' : 'export';
  if (node === 'battery' && typeof battery === 'number' && battery !== 0) {
    return battery > 0 ? 'discharging' : 'charging';
  }
  return '';
}

function inWords(found: readonly Flow[]): string {
  if (found.length === 0) return 'No power flows';
  return found
    .map(({ from, to, powerW }) => `${formatPower(powerW)} from ${PLACES[from].name} to ${PLACES[to].name}`)
    .join(', ');
}
