/** Settings in the working folder; not `.env`, which is smart-meter's: both can be started from one checkout. */
export const ENV_FILE = 'energy-correlator.env';
