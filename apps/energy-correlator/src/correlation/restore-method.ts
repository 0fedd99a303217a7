import { CorrelationEngine, EngineOptions, EngineState } from '@smart-meter/correlation';
import { Configuration } from '../configuration/configuration';
import { CorrelationMethod } from './correlation-method';
import { WindowMethod, WindowState } from './window-method';

/** What can be expected of entities by what their devices are. */
export type Priors = NonNullable<EngineOptions['priors']>;

export function engineOptions({ settings, circuits }: Configuration, priors: Priors): EngineOptions {
  return {
    thresholdW: settings.minPowerDeltaW,
    latenessMs: settings.retryWindowMinutes * 60_000,
    circuits,
    priors,
  };
}

/**
 * The method that the configuration names, going on from a saved state if there is one. A state of another method
 * or release is left aside: the method learns anew.
 */
export function restoreMethod(
  configuration: Configuration,
  priors: Priors,
  saved: unknown,
): CorrelationMethod {
  const { settings } = configuration;
  if (settings.correlationMethod === 'window') {
    return new WindowMethod({
      windowMs: settings.correlationWindowSeconds * 1000,
      thresholdW: settings.minPowerDeltaW,
      latenessMs: settings.retryWindowMinutes * 60_000,
      saved: isWindowState(saved) ? saved : undefined,
    });
  }
  const options = engineOptions(configuration, priors);
  return isEngineState(saved) ? CorrelationEngine.restore(saved, options) : new CorrelationEngine(options);
}

function isEngineState(saved: unknown): saved is EngineState {
  const state = saved as Partial<EngineState> | null | undefined;
  return state?.version === 1 && Array.isArray(state.timelines) && Array.isArray(state.entities);
}

function isWindowState(saved: unknown): saved is WindowState {
  return Array.isArray((saved as Partial<WindowState> | null | undefined)?.waiting);
}
