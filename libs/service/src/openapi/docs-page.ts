import { isReference, OpenApiDocument, Operation, Parameter, ResponseDescription, Schema } from './document';

/** Where the page finds its style, seen from the page. */
export const DOCS_STYLE_PATH = 'docs/style.css';

/** The document for people: one page without scripts. */
export function docsPage(document: OpenApiDocument): string {
  const { info, tags, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = tags.map(({ name, description }) => {
    const members = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<h2>${escape(name)}</h2><p>${prose(description)}</p>${members
      .map(({ path, method, operation }) => operationSection(document, path, method, operation))
      .join('')}`;
  });
  const contents = operations.map(
    ({ path, method, operation }) =>
      `<li><a href="#${operation.operationId}"><b>${method.toUpperCase()}</b> <code>${escape(path)}</code></a> ${escape(operation.summary)}</li>`,
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<section id="schema-${escape(name)}"><h3>${escape(name)}</h3>${schemaTable(schema)}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(info.title)}</title><link rel="stylesheet" href="${DOCS_STYLE_PATH}"></head>
<body><header><h1>${escape(info.title)} <small>${escape(info.version)}</small></h1>
<p>${prose(info.description)}</p><p><a href="openapi.json">openapi.json</a>: the same for programs, OpenAPI ${document.openapi}.</p></header>
<main><nav aria-label="Operations"><ul>${contents.join('')}</ul></nav>${groups.join('')}<h2>Shapes</h2>${schemas.join('')}</main></body></html>
`;
}

function operationSection(
  document: OpenApiDocument,
  path: string,
  method: string,
  { operationId, summary, description, parameters = [], responses, security }: Operation,
): string {
  const answers = Object.entries(responses).map(([status, response]) => {
    const found = isReference(response) ? referredResponse(document, response.$ref) : response;
    return `<dt><code>${escape(status)}</code></dt><dd>${responseText(found)}</dd>`;
  });
  return `<section id="${operationId}"><h3><b>${method.toUpperCase()}</b> <code>${escape(path)}</code></h3>
<p>${escape(summary)}.${description ? ` ${prose(description)}` : ''}${security?.length === 0 ? ' Needs no token.' : ''}</p>
${parameters.length === 0 ? '' : parameterTable(parameters)}<h4>Answers</h4><dl>${answers.join('')}</dl></section>`;
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(
    ({ name, in: place, description, schema, example }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${place}</td><td>${escape(typeOf(schema))}</td><td>${prose(description)}${
        schema.default === undefined ? '' : `; by default <code>${escape(String(schema.default))}</code>`
      }${example === undefined ? '' : `; such as <code>${escape(String(example))}</code>`}</td></tr>`,
  );
  return `<h4>Parameters</h4><table><tr><th>name</th><th>in</th><th>type</th><th>meaning</th></tr>${rows.join('')}</table>`;
}

function responseText({ description, content = {} }: ResponseDescription): string {
  const bodies = Object.entries(content).map(
    ([type, { schema, example }]) =>
      `<div><code>${escape(type)}</code> ${typeLink(schema)}</div>${
        example === undefined
          ? ''
          : `<pre>${escape(typeof example === 'string' ? example : JSON.stringify(example, null, 2))}</pre>`
      }`,
  );
  return `${prose(description)}${bodies.join('')}`;
}

function schemaTable(schema: Schema): string {
  if (!schema.properties) return `<p>${typeLink(schema)} ${prose(schema.description ?? '')}</p>`;
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties).map(
    ([name, property]) =>
      `<tr><td><code>${escape(name)}</code>${required.has(name) ? '' : ' <i>optional</i>'}</td><td>${typeLink(property)}</td><td>${prose(property.description ?? '')}${
        property.examples?.length ? ` <code>${escape(JSON.stringify(property.examples[0]))}</code>` : ''
      }</td></tr>`,
  );
  return `<table><tr><th>field</th><th>type</th><th>meaning</th></tr>${rows.join('')}</table>`;
}

function typeLink(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = lastPart(schema.$ref);
    return `<a href="#schema-${escape(name)}">${escape(name)}</a>`;
  }
  if (schema.anyOf) return schema.anyOf.map(typeLink).join(' or ');
  if (schema.items) return `list of ${typeLink(schema.items)}`;
  if (schema.properties) {
    const names = Object.entries(schema.properties).map(
      ([name, property]) => `<code>${escape(name)}</code> ${typeLink(property)}`,
    );
    return `{ ${names.join(', ')} }${Array.isArray(schema.type) ? ' or null' : ''}`;
  }
  return escape(typeOf(schema));
}

function typeOf(schema: Schema): string {
  const types = [schema.type ?? 'any'].flat().join(' or ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  return schema.format === undefined ? types : `${types} (${schema.format})`;
}

function referredResponse(document: OpenApiDocument, ref: string): ResponseDescription {
  return document.components.responses[lastPart(ref)] ?? { description: '' };
}

function lastPart(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

/** Text with `code` in back-ticks. */
function prose(text: string): string {
  return escape(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export const docsStyle = `:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 small { font-weight: normal; opacity: .6; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
section { margin: 2rem 0; }
nav ul { list-style: none; padding: 0; columns: 20rem; }
code, pre { font: .9em ui-monospace, monospace; }
pre { overflow: auto; max-height: 24rem; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
dt { float: left; clear: left; width: 4rem; }
dd { margin: 0 0 .75rem 4rem; }
`;
