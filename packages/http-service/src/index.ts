/**
 * What every HTTP process of ours does besides its job: log, say how it is, listen, drain and stop.
 * It knows Koa, pino and prom-client, and nothing about OAuth.
 */
export { createHealth, type Health, type HealthChecks } from './health.ts'
export { ListenError } from './listen.ts'
export { createLogger, type Logger } from './logger.ts'
export { createMetrics, type Metrics, openMetrics } from './metrics.ts'
export { networkOf } from './network-of.ts'
export { type PageOptions, pageEndpoint } from './page.ts'
export { notedForLog, noteForLog, type RequestObserver, requestLog, routeOf } from './request-log.ts'
export {
  type OpenService,
  runService,
  type ServiceConfig,
  type ServiceContext,
  type ServiceProgram,
} from './run-service.ts'
export { type Service, serve } from './serve.ts'
