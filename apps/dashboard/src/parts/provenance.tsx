import { Provenance } from '../api/answers';

const NAMES: Readonly<Record<Provenance, string>> = {
  live: 'Measured',
  backfill: 'Measured, read later',
  cached: 'Last known',
  mock: 'Simulated',
};

/** What kind of value this is; never left out. */
export function ProvenanceBadge({ provenance }: { provenance: Provenance }) {
  return <span class={`badge badge-${provenance}`}>{NAMES[provenance]}</span>;
}
