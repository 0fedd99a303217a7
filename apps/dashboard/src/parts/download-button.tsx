import { useState } from 'preact/hooks';
import { download } from '../state/download';

/** Saves what is shown as a file. */
export function DownloadButton({ path, fileName }: { path: string; fileName: string }) {
  const [state, setState] = useState<'ready' | 'busy' | 'failed'>('ready');
  const save = () => {
    setState('busy');
    download(path, fileName, new AbortController().signal).then(
      () => setState('ready'),
      () => setState('failed'),
    );
  };
  return (
    <button type="button" disabled={state === 'busy'} onClick={save} aria-live="polite">
      {state === 'failed' ? 'Failed: try again' : 'Download CSV'}
    </button>
  );
}
