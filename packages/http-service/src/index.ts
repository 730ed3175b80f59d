/**
 * What every HTTP process of ours does besides its job: read settings, log, say how it is, listen, drain and stop.
 * It knows Koa, pino, prom-client and zod, and nothing about OAuth.
 */
export { type Environment, readEnvironment, readSecret } from './environment.ts'
export { fileProblem } from './file-problem.ts'
export { createHealth, type Health, type HealthChecks } from './health.ts'
export { ListenError } from './listen.ts'
export { createLogger, type Logger, type LogLevel } from './logger.ts'
export { createMetrics, type Labels, type Metrics } from './metrics.ts'
export { type OpenMetrics, openMetrics } from './metrics-server.ts'
export { networkOf } from './network-of.ts'
export { type PageOptions, pageEndpoint } from './page.ts'
export { notedForLog, noteForLog, type RequestObserver, requestLog, routeOf } from './request-log.ts'
export { type Service, serve } from './serve.ts'
export { DRAIN_DELAY, KEEP_ALIVE } from './service-settings.ts'
export {
  duration,
  durationOrNone,
  logLevel,
  oneOf,
  port,
  saying,
  text,
  wholeNumber,
} from './setting-types.ts'
export {
  ConfigError,
  readSettings,
  type Setting,
  type Settings,
  type SettingValues,
  unknownSettings,
} from './settings.ts'
export { settingsTable } from './settings-table.ts'
export { type Unmatched, unmatchedRoute } from './unmatched-route.ts'
export { visible, visibleLines } from './visible.ts'
