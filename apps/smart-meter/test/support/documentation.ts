import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const WORKSPACE = join(__dirname, '..', '..', '..', '..');

/** What a user reads: paths from the root of the workspace. */
export function documentationPages(): string[] {
  const pages = readdirSync(join(WORKSPACE, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path));
  return ['README.md', ...pages.sort()];
}

export function libraryReadmes(): string[] {
  return ['libs', 'libs/adapters']
    .flatMap((folder) => readdirSync(join(WORKSPACE, folder)).map((name) => join(folder, name, 'README.md')))
    .filter((path) => existing(path))
    .sort();
}

export function pageText(page: string): string {
  return readFileSync(join(WORKSPACE, page), 'utf8');
}

/** The fenced blocks of a language, indented ones (of lists) without their indentation. */
export function codeBlocks(text: string, language: string): string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, indentation = '', body = '']) =>
    body
      .split('\n')
      .map((line) => (line.startsWith(indentation) ? line.slice(indentation.length) : line))
      .join('\n'),
  );
}

/** The shell commands of a page, in order, each on one line. */
export function shellCommands(page: string): string[] {
  return codeBlocks(pageText(page), 'sh').flatMap((block) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
}

/** Links to files of the workspace, from its root. */
export function localLinks(page: string): string[] {
  return [...pageText(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => relative(WORKSPACE, join(WORKSPACE, page, '..', target)));
}

function existing(path: string): boolean {
  try {
    readFileSync(join(WORKSPACE, path));
    return true;
  } catch {
    // A folder without a README, or a file beside the folders.
    return false;
  }
}
