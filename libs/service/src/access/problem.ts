import type { Response } from 'express';

/** An error as RFC 9457 writes it. */
export interface Problem {
  status: number;
  /** Stable: clients branch on it. */
  code: string;
  /** One sentence for people: what is wrong and what to do. */
  detail: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Too large',
  421: 'Unknown host',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
};

export function sendProblem(response: Response, { status, code, detail }: Problem): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: TITLES[status] ?? 'Error', status, code, detail }));
}
