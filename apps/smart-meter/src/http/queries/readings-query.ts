import { NumberParameter, PeriodQuery } from '@smart-meter/service';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

export const READING_FORMATS = ['json', 'ndjson', 'csv'] as const;
export type ReadingFormat = (typeof READING_FORMATS)[number];

const MOST_READINGS_PER_PAGE = 10_000;

export class ReadingsQuery extends PeriodQuery {
  /** `raw` as they came; else steps of `5m`, `hour`, `day`, or of so many seconds. */
  @IsOptional()
  @Matches(/^(raw|5m|hour|day|[1-9]\d{0,5})$/, {
    message: 'every: expected raw, 5m, hour, day or a number of seconds up to 999999',
  })
  every: string = 'raw';

  /** `all`, `none`, or ids separated by commas. */
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  circuits: string = 'all';

  /** By default what `Accept` asks for, else `json`. */
  @IsOptional()
  @IsIn(READING_FORMATS)
  format?: ReadingFormat;

  /** Readings per page, for `json`; the other formats stream all. */
  @IsOptional()
  @NumberParameter()
  @IsInt()
  @Min(1)
  @Max(MOST_READINGS_PER_PAGE)
  limit: number = 1_000;
}
