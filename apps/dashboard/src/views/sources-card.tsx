import { useState } from 'preact/hooks';
import { SourceAnswer, SourcesAnswer } from '../api/answers';
import { Card } from '../parts/card';
import { Broken, Empty, Loading } from '../parts/states';
import { Resource } from '../state/resource';

const ROLES: Readonly<Record<SourceAnswer['role'], string>> = {
  home: 'Whole home',
  daily_energy: 'Energy of the day',
  grid: 'Grid',
  solar: 'Solar',
  battery: 'Battery',
  circuit: 'Circuit',
  none: 'Not used',
};
const ORDER = Object.keys(ROLES);

/** What is read of the meter and what is not, each with its reason. */
export function SourcesCard({ sources: { value, error, reload } }: { sources: Resource<SourcesAnswer> }) {
  const [search, setSearch] = useState('');
  const [showUnused, setShowUnused] = useState(false);
  const all = value?.sources ?? [];
  const unusedCount = all.filter(({ role }) => role === 'none').length;
  const found = all
    .filter((source) => (showUnused || source.role !== 'none') && matches(source, search))
    .sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
  return (
    <Card title="Sources" wide>
      {!value && !error && <Loading what="the sources" />}
      {!value && error && <Broken what="The sources" error={error} onRetry={reload} />}
      {value && all.length === 0 && (
        <Empty title="No sources" hint="This meter has one source only, or has not told of any yet." />
      )}
      {all.length > 0 && (
        <>
          <div class="table-bar">
            <input
              type="search"
              placeholder="Find a source"
              aria-label="Find a source"
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
            {unusedCount > 0 && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={showUnused}
                  onChange={(event) => setShowUnused(event.currentTarget.checked)}
                />
                Also the {unusedCount} that are not used
              </label>
            )}
          </div>
          <div class="table-frame" tabIndex={0} role="region" aria-label="Table of sources">
            <table>
              <thead>
                <tr>
                  <th scope="col">Source</th>
                  <th scope="col">Used as</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {found.map((source) => (
                  <tr key={source.source}>
                    <td>
                      {source.name}
                      {source.name !== source.source && <small class="muted"> {source.source}</small>}
                    </td>
                    <td>
                      <span class={`badge role-${source.role}`}>{ROLES[source.role]}</span>
                    </td>
                    <td>
                      {source.reason}
                      {source.unit && <span class="muted"> ({source.unit})</span>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {found.length === 0 && <p class="muted">No source fits “{search}”.</p>}
        </>
      )}
    </Card>
  );
}

function matches({ source, name, reason, role }: SourceAnswer, search: string): boolean {
  const text = `${source} ${name} ${reason} ${ROLES[role]}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
