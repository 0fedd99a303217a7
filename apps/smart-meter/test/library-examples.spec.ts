import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { codeBlocks, libraryReadmes, pageText, WORKSPACE } from './support/documentation';
import { temporaryFolder } from './support/running-service';

/** What a reader has at hand where an example begins; what else it uses it must import. */
const AT_HAND: Readonly<Record<string, string>> = {
  token: 'declare const token: string;',
  from: 'declare const from: Date;',
  to: 'declare const to: Date;',
  signal: 'declare const signal: AbortSignal;',
  reading: "declare const reading: import('@smart-meter/meter-adapter').MeterReading;",
  store: "declare function store(readings: import('@smart-meter/meter-adapter').MeterReading[]): void;",
  systemClock: "declare const systemClock: import('@smart-meter/meter-adapter').Clock;",
  keepStreaming: "declare const keepStreaming: typeof import('@smart-meter/meter-adapter').keepStreaming;",
  email: 'declare const email: string;',
  password: 'declare const password: string;',
  tokenStore: "declare const tokenStore: import('@smart-meter/meter-adapter').DocumentStore;",
  loginWithMfa: "declare const loginWithMfa: typeof import('@smart-meter/adapter-sense').loginWithMfa;",
  askCode: "declare const askCode: import('@smart-meter/adapter-sense').AskCode;",
  startMySimulatedSource:
    'declare function startMySimulatedSource(): Promise<{ url: string; hang(): void; close(): Promise<void> }>;',
  MyMeter:
    "declare const MyMeter: new (options: { url: string; token: string; clock: import('@smart-meter/meter-adapter').Clock }) => import('@smart-meter/meter-adapter').MeterAdapter;",
};

interface Example {
  title: string;
  library: string;
  code: string;
}

const examples: Example[] = libraryReadmes().flatMap((readme) =>
  codeBlocks(pageText(readme), 'ts').map((code, index) => ({
    title: `${dirname(readme)}, example ${index + 1}`,
    library: basename(dirname(readme)),
    code,
  })),
);

jest.setTimeout(120_000);

describe('the examples of the libraries', () => {
  let problems: ReadonlyMap<string, string[]>;
  beforeAll(() => {
    problems = typeCheck(examples);
  });

  it('are there', () => expect(examples.length).toBeGreaterThan(10));

  it.each(examples)('$title: TypeScript takes it', ({ title }) => {
    expect(problems.get(title)).toEqual([]);
  });
});

describe('the examples that need no meter', () => {
  const reading = {
    meterId: 'home',
    observedAt: new Date('2026-03-01T12:00:00Z'),
    averagedOverS: 0,
    totalPowerW: 230,
    circuits: [],
    provenance: 'live',
  };

  it.each(['simulated', 'meter-adapter', 'correlation', 'meter-http'])(
    '%s prints what it says',
    async (library) => {
      expect((await runExample(library, {})).length).toBeGreaterThan(0);
    },
  );

  it('journal prints the reading back', async () => {
    const printed = await runExample(
      'journal',
      { reading },
      { "'./data'": JSON.stringify(temporaryFolder()) },
    );
    expect(printed).toEqual([
      [expect.objectContaining({ totalPowerW: 230 }), expect.objectContaining({ lines: 0 })],
      [expect.objectContaining({ totalPowerW: 230 })],
    ]);
  });

  it('influx-writer delivers the reading', async () => {
    const written: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (request.method === 'POST' && body !== '') written.push(body);
        response.writeHead(204, { 'x-influxdb-version': '2.7' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await runExample(
      'influx-writer',
      { reading },
      { "'./data'": JSON.stringify(temporaryFolder()), 'localhost:8086': `127.0.0.1:${port}` },
    );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(written.join('\n')).toContain('smart_meter,meter_type=emporia total_power_w=230');
  });
});

/** What is wrong with each example, by its title: all in one program, as they share the libraries. */
function typeCheck(all: readonly Example[]): ReadonlyMap<string, string[]> {
  const files = new Map(all.map((example, index) => [join(__dirname, `example-${index}.mts`), example]));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    customConditions: ['@smart-meter/source'],
    strict: true,
    exactOptionalPropertyTypes: true,
    esModuleInterop: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node', 'jest'],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  const source = (path: string) => {
    const example = files.get(path);
    return example && `${example.code}\n${atHand(example.code)}\nexport {};\n`;
  };
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => source(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = source(path) ?? readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, languageVersion);
  };
  host.getCurrentDirectory = () => WORKSPACE;
  const program = ts.createProgram([...files.keys()], options, host);
  return new Map(
    [...files].map(([path, { title }]) => {
      const file = program.getSourceFile(path);
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [title, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

/** The declarations of what an example uses and does not make itself. */
function atHand(code: string): string {
  const makes = (name: string) =>
    new RegExp(`(const|let|function|class) (\\{[^}=]*)?\\b${name}\\b|import \\{[^}]*\\b${name}\\b`).test(
      code,
    );
  return Object.entries(AT_HAND)
    .filter(([name]) => new RegExp(`(?<!\\.)\\b${name}\\b`).test(code) && !makes(name))
    .map(([, declaration]) => declaration)
    .join('\n');
}

/** Runs the first example of a library and returns what it prints. */
async function runExample(
  library: string,
  surroundings: Readonly<Record<string, unknown>>,
  replacements: Readonly<Record<string, string>> = {},
): Promise<unknown[][]> {
  let code = examples.find((example) => example.library === library)?.code ?? '';
  for (const [from, to] of Object.entries(replacements)) code = code.replaceAll(from, to);
  const imports = [...code.matchAll(/^import \{([^}]*)\} from '([^']+)';.*$/gm)];
  const printed: unknown[][] = [];
  const names: Record<string, unknown> = {
    ...surroundings,
    console: { log: (...values: unknown[]) => printed.push(values) },
  };
  for (const [, imported = '', from = ''] of imports) {
    const module = (await import(from)) as Record<string, unknown>;
    for (const name of imported.split(',').map((part) => part.trim()))
      if (!name.startsWith('type ')) names[name] = module[name];
  }
  const body = code.replace(/^import .*$/gm, '');
  const { outputText } = ts.transpileModule(`async function example() {\n${body}\n}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2023 },
  });
  const run = new Function(...Object.keys(names), `${outputText}\nreturn example();`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await run(...Object.values(names));
  return printed;
}
