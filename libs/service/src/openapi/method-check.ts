import type { NextFunction, Request, Response } from 'express';
import { sendProblem } from '../access/problem';
import { OpenApiDocument } from './document';

/** Answers 405 to a method that a described path does not have; other paths pass. */
export function methodCheck({ paths }: Pick<OpenApiDocument, 'paths'>) {
  const described = Object.entries(paths).map(([path, item]) => {
    const methods = Object.keys(item).map((method) => method.toUpperCase());
    return { pattern: patternOf(path), methods: methods.includes('GET') ? [...methods, 'HEAD'] : methods };
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    const found = described.find(({ pattern }) => pattern.test(request.path));
    if (!found || found.methods.includes(request.method)) return next();
    const methods = found.methods.join(', ');
    response.setHeader('Allow', methods);
    sendProblem(response, {
      status: 405,
      code: 'method_not_allowed',
      detail: `${request.path} answers to ${methods}.`,
    });
  };
}

/** `/devices/{entity_id}/impact`: a parameter is one part of a path. */
function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}
