import { ComponentChildren } from 'preact';

interface CardProps {
  title: string;
  /** Beside the title. */
  actions?: ComponentChildren;
  wide?: boolean;
  children: ComponentChildren;
}

/** A titled part of a view. */
export function Card({ title, actions, wide = false, children }: CardProps) {
  const id = `card-${title.toLowerCase().replace(/\W+/g, '-')}`;
  return (
    <section class={wide ? 'card card-wide' : 'card'} aria-labelledby={id}>
      <header class="card-header">
        <h2 id={id}>{title}</h2>
        {actions && <div class="card-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
