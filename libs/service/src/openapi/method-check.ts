import type { NextFunction, Request, Response } from 'express';
import { sendProblem } from '../access/problem';
import { OpenApiDocument } from './document';

/** Answers 405 to a method that a described path does not have; other paths pass. */
export function methodCheck({ paths }: Pick<OpenApiDocument, 'paths'>) {
  const allowed = new Map(
    Object.entries(paths).map(([path, item]) => {
      const methods = Object.keys(item).map((method) => method.toUpperCase());
      return [path, methods.includes('GET') ? [...methods, 'HEAD'] : methods];
    }),
  );
  return (request: Request, response: Response, next: NextFunction): void => {
    const methods = allowed.get(request.path);
    if (!methods || methods.includes(request.method)) return next();
    response.setHeader('Allow', methods.join(', '));
    sendProblem(response, {
      status: 405,
      code: 'method_not_allowed',
      detail: `${request.path} answers to ${methods.join(', ')}.`,
    });
  };
}
