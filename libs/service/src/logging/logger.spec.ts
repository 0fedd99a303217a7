import { Secret } from '@smart-meter/meter-adapter';
import { createLogger, NestLogger } from './logger';

describe('createLogger', () => {
  const secret = new Secret('pa55"word/+');
  const makeLogger = () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'debug',
      secrets: [secret],
      destination: { write: (line) => void lines.push(line) },
    });
    return { lines, logger };
  };

  it('lets no secret out, however it is written', () => {
    const { lines, logger } = makeLogger();
    logger.info(`sent ${secret.reveal()}`);
    logger.warn({ url: `http://host/?token=${encodeURIComponent(secret.reveal())}` }, 'odd');
    logger.error(
      { err: new Error('refused', { cause: new Error(`bad token ${secret.reveal()}`) }) },
      'failed',
    );
    logger.info({ secret }, 'as an object');
    new NestLogger(logger).error(`nest says ${secret.reveal()}`, 'Context');
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(line).not.toContain('pa55');
      expect(line).toContain('[redacted]');
      expect(() => JSON.parse(line)).not.toThrow();
    }
  });

  it('leaves everything else as it is', () => {
    const { lines, logger } = makeLogger();
    logger.info({ watts: 12 }, 'plain');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      service: 'test',
      watts: 12,
      msg: 'plain',
    });
  });
});
