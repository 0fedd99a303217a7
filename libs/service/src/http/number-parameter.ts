import { Transform } from 'class-transformer';

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Reads the text of a parameter as a number. What is not written as one stays text, for a validator to refuse. */
export function NumberParameter(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && NUMBER.test(value) ? Number(value) : value,
  );
}
