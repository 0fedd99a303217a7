/** A share as a length; what is unknown or negative has none. */
export function ShareBar({ share }: { share: number | null }) {
  const part = Math.min(1, Math.max(0, (share ?? 0) / 100));
  return (
    <span class="share" aria-hidden="true">
      <span class="share-part" style={{ '--part': String(part) }} />
    </span>
  );
}
