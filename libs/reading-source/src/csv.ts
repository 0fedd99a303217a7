/** Records of CSV (RFC 4180) from its lines; a quoted cell may hold line ends. */
export async function* csvRecords(lines: AsyncIterable<string>): AsyncGenerator<string[], void, undefined> {
  let open = '';
  for await (const line of lines) {
    const text = open === '' ? line : `${open}\n${line}`;
    if (isInsideQuotes(text)) {
      open = text;
      continue;
    }
    open = '';
    yield cellsOf(text);
  }
  if (open !== '') yield cellsOf(open);
}

function isInsideQuotes(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes += 1;
  return quotes % 2 === 1;
}

const CELL = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy;

function cellsOf(text: string): string[] {
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (let match = CELL.exec(text); match; match = CELL.exec(text)) {
    cells.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    if (match[3] === '') break;
  }
  return cells;
}
