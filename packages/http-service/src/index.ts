/**
 * What every HTTP process of ours does besides its main task: log, report its health, listen, drain and stop. It depends
 * on Koa, pino and prom-client, and knows nothing about OAuth.
 */
export { createHealth, type Health, type HealthChecks } from './health.ts'
export { ListenError } from './listen.ts'
export { createLogger, type Logger } from './logger.ts'
export { createMetrics, type Metrics, openMetrics } from './metrics.ts'
export { networkOf } from './network-of.ts'
export { type PageOptions, pageEndpoint } from './page.ts'
export { compilePage, type PageFrame } from './page-frame.ts'
export { notedForLog, noteForLog, type RequestObserver, requestLog, routeOf } from './request-log.ts'
export {
  type OpenService,
  runService,
  type ServiceConfig,
  type ServiceContext,
  type ServiceProgram,
} from './run-service.ts'
export { type Service, serve } from './serve.ts'
