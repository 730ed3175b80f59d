/**
 * What every HTTP process of ours does besides its job: read settings, log, say how it is, listen, drain and stop.
 * It knows Koa, pino and zod, and nothing about OAuth.
 */
export { type Environment, readEnvironment, readSecret } from './environment.ts'
export { createHealth, type Health, type HealthChecks } from './health.ts'
export { createLogger, type Logger, type LogLevel } from './logger.ts'
export { noteForLog, requestLog } from './request-log.ts'
export { ListenError, type Service, serve } from './serve.ts'
export { duration, logLevel, oneOf, port, text, wholeNumber } from './setting-types.ts'
export { ConfigError, readSettings, type Setting, type Settings, type SettingValues } from './settings.ts'
export { settingsTable } from './settings-table.ts'
export { type Unmatched, unmatchedRoute } from './unmatched-route.ts'
