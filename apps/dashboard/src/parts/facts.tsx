import { ComponentChildren } from 'preact';

export type Fact = readonly [name: string, value: ComponentChildren];

/** Names and what they are. */
export function Facts({ facts }: { facts: readonly (Fact | null)[] }) {
  return (
    <dl class="facts">
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

const STATUS_NAMES = { up: 'Works', degraded: 'Look at it', down: 'Broken' } as const;

/** One check's verdict. */
export function CheckBadge({ status }: { status: keyof typeof STATUS_NAMES }) {
  return <span class={`badge check-${status}`}>{STATUS_NAMES[status]}</span>;
}
