import {
  ConfigError,
  createLogger,
  ListenError,
  openMetrics,
  readEnvironment,
  serve,
} from '@countersign/http-service'
import { readConfig } from './config.ts'
import { openServer } from './open-server.ts'
import { DatabaseUnavailable } from './storage/database-unavailable.ts'
import { StartRefused } from './storage/start-refused.ts'

try {
  const environment = readEnvironment(process.env, import.meta.dirname)
  const config = readConfig(environment)
  const logger = createLogger({
    name: 'auth-server',
    level: config.logLevel,
    format: process.stdout.isTTY ? 'readable' : 'json',
  })
  const { host, port, issuer } = config
  const { metrics, close: closeMetrics } = await openMetrics({ host, port: config.metricsPort, logger })
  const { app, drain, close } = await openServer(config, environment, { logger, metrics })

  await serve({ handler: app.callback(), host, port, logger, drain, close: [...close, closeMetrics] })
  logger.info({ issuer }, `listening on ${host}:${port} as ${issuer}`)
} catch (error) {
  const forOperator = [ConfigError, ListenError, StartRefused, DatabaseUnavailable].some(
    (kind) => error instanceof kind,
  )
  process.stderr.write(`${forOperator ? (error as Error).message : (error as Error).stack}\n`)
  process.exit(1)
}
