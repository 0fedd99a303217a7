import { api } from './live';

const KEPT_MS = 60_000;

/** Saves an answer as a file. Through the client, since a plain link would go without the token. Throws `ApiError`. */
export async function download(path: string, fileName: string, signal: AbortSignal): Promise<void> {
  const url = URL.createObjectURL(new Blob([await api.text(path, signal)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
