import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sendProblem } from '@smart-meter/service';
import express, { type RequestHandler } from 'express';

/** Where the dashboard is built to, seen from the sources as from what is compiled of them. */
const PAGE_FOLDER = join(__dirname, '..', '..', '..', 'dashboard', 'dist');

const FILES = new Set(['/', '/index.html', '/icon.svg', '/manifest.webmanifest']);
const ASSETS = '/assets/';

/** Whether a path is one of the page's own files: they hold no data and are open to everyone. */
export function isPagePath(path: string): boolean {
  return FILES.has(path) || path.startsWith(ASSETS);
}

/**
 * The page at `/`. All its addresses are relative, so it works below any path that a proxy puts before it.
 * Its assets are named after their content and kept by browsers for good; the page itself is asked for every time.
 * @param folder what the dashboard was built to
 */
export function pageFiles(folder: string = PAGE_FOLDER): RequestHandler {
  const files = express.static(folder, {
    redirect: false,
    setHeaders: (response, path) => {
      const named = path.startsWith(join(folder, ASSETS));
      response.setHeader('Cache-Control', named ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return (request, response, next) => {
    if (!isPagePath(request.path)) return next();
    if (request.path === '/' && !existsSync(join(folder, 'index.html'))) {
      return sendProblem(response, {
        status: 503,
        code: 'page_not_built',
        detail: 'The page is not built. Start the service with "npm start", or run "npm run build" once.',
      });
    }
    return files(request, response, next);
  };
}
