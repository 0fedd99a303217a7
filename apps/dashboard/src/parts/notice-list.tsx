import { Notice } from '../home/notices';

const SIGNS = { info: 'i', warning: '!', error: '×' } as const;

/** Notices above everything else. */
export function NoticeList({ notices }: { notices: readonly Notice[] }) {
  return (
    <div class="notices" role="status" aria-label="Notices">
      {notices.map(({ severity, title, text }) => (
        <div key={`${title} ${text}`} class={`notice notice-${severity}`}>
          <span class="notice-sign" aria-hidden="true">
            {SIGNS[severity]}
          </span>
          <p>
            <strong>{title}.</strong> {text}
          </p>
        </div>
      ))}
    </div>
  );
}
