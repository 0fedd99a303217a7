import { NumberParameter, PeriodQuery } from '@smart-meter/service';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';

const MOST_PER_PAGE = 1_000;
/** Few enough digits for numbers to be exact. */
const CURSOR = /^\d{1,15}-\d{1,15}$/;

export class PageQuery extends PeriodQuery {
  @IsOptional()
  @NumberParameter()
  @IsInt()
  @Min(1)
  @Max(MOST_PER_PAGE)
  limit: number = 100;

  /** As the page before gave it in `next_cursor`. */
  @IsOptional()
  @Matches(CURSOR, { message: 'cursor: expected the next_cursor of the page before' })
  cursor?: string;
}

export interface PageCursor {
  atMs: number;
  id: number;
}

export function cursorOf(text: string | undefined): PageCursor | undefined {
  if (text === undefined) return undefined;
  const [atMs = NaN, id = NaN] = text.split('-').map(Number);
  return { atMs, id };
}

/** Where the next page begins; null after the last. */
export function nextCursor(page: readonly PageCursor[], limit: number): string | null {
  const last = page.at(-1);
  return last === undefined || page.length < limit ? null : `${last.atMs}-${last.id}`;
}
