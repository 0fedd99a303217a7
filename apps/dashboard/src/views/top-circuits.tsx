import { circuitTree } from '../home/circuit-tree';
import { circuitNames, powersNow } from '../home/circuit-values';
import { Picture } from '../home/picture';
import { formatPower, formatShare } from '../format/quantities';
import { Card } from '../parts/card';
import { ShareBar } from '../parts/share-bar';
import { Empty } from '../parts/states';
import { HomeData } from '../state/home';
import { circuitHash, routeHash } from '../state/route';

const MOST = 6;

/** The circuits that draw most, now. */
export function TopCircuits({ picture, home }: { picture: Picture; home: HomeData }) {
  const names = circuitNames(home.sources.value);
  const { roots, untracked, untrackedShare } = circuitTree(
    powersNow(picture.circuits, names),
    picture.totalPowerW,
  );
  return (
    <Card title="What draws it" actions={<a href={routeHash('circuits')}>All circuits</a>}>
      {roots.length === 0 ? (
        <Empty
          title="No circuits"
          hint="The meter measures the whole home only. Sensors of single circuits or plugs would be listed here."
        />
      ) : (
        <ol class="rows">
          {roots.slice(0, MOST).map(({ id, name, value, share }) => (
            <li key={id} class="row">
              <a class="row-name" href={circuitHash(id)}>
                {name}
              </a>
              <span class="row-value">{formatPower(value)}</span>
              <ShareBar share={share} />
              <span class="row-share">{formatShare(share)}</span>
            </li>
          ))}
          {untracked !== null && Math.abs(untracked) >= 1 && (
            <li class="row row-untracked">
              <span class="row-name">Not on any circuit</span>
              <span class="row-value">{formatPower(untracked)}</span>
              <ShareBar share={untrackedShare} />
              <span class="row-share">{formatShare(untrackedShare)}</span>
            </li>
          )}
        </ol>
      )}
    </Card>
  );
}
