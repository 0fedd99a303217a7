import { Provider } from '@nestjs/common';
import type { Clock } from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION } from '../tokens';
import { CorrelatorClient } from './correlator-client';

export const CORRELATOR = Symbol('correlator');

export const correlatorProviders: Provider[] = [
  {
    provide: CORRELATOR,
    inject: [CONFIGURATION, CLOCK],
    useFactory: ({ settings }: Configuration, clock: Clock): CorrelatorClient | null => {
      const { correlatorUrl: url, correlatorToken: token } = settings;
      if (url === undefined) return null;
      return new CorrelatorClient({ url, token, http: new HttpClient({ peer: 'energy-correlator', clock }) });
    },
  },
];
