import { Controller, Get, Header } from '@nestjs/common';
import { docsPage, docsStyle, type OpenApiDocument } from '@smart-meter/service';
import { openApiDocument } from './document';

/** The description of the API holds no data and is open to everyone. */
export function isDescriptionPath(path: string): boolean {
  return path === '/openapi.json' || path === '/docs' || path === '/docs/style.css';
}

@Controller()
export class OpenApiController {
  @Get('openapi.json')
  document(): OpenApiDocument {
    return openApiDocument;
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    return docsPage(openApiDocument);
  }

  @Get('docs/style.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return docsStyle;
  }
}
