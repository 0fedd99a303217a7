import { Controller, Get, Header, Inject } from '@nestjs/common';
import { docsPage, docsStyle } from './docs-page';
import { type OpenApiDocument } from './document';

/** Under this name a service provides the description of its API. */
export const OPENAPI_DOCUMENT = Symbol('OpenAPI document');

/** The description of the API holds no data and is open to everyone. */
export function isDescriptionPath(path: string): boolean {
  return path === '/openapi.json' || path === '/docs' || path === '/docs/style.css';
}

@Controller()
export class OpenApiController {
  constructor(@Inject(OPENAPI_DOCUMENT) private readonly description: OpenApiDocument) {}

  @Get('openapi.json')
  document(): OpenApiDocument {
    return this.description;
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    return docsPage(this.description);
  }

  @Get('docs/style.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return docsStyle;
  }
}
