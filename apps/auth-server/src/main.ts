import { createLogger, ListenError, openMetrics, serve } from '@countersign/http-service'
import {
  ConfigError,
  fileProblem,
  readEnvironment,
  unknownSettings,
  visibleLines,
} from '@countersign/settings'
import { AUTH_SETTINGS, readConfig } from './config/config.ts'
import { forwardedAddress } from './http/client-address.ts'
import { openServer } from './start-server.ts'
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
  for (const name of unknownSettings(AUTH_SETTINGS, environment, 'AUTH_')) {
    logger.warn(`${name} is no setting of this server: look for its right name in docs/configuration.md`)
  }
  const { issuer, trustedProxies } = config
  const { metrics, close: closeMetrics } = await openMetrics({
    host: config.host,
    port: config.metricsPort,
    logger,
  })
  const { app, drain, close } = await openServer(config, environment, { logger, metrics })

  await serve({
    ...config,
    handler: app.callback(),
    // Everybody comes on the connections of the proxy: who it is says the proxy.
    addressOf: trustedProxies > 0 ? (request) => forwardedAddress(request, trustedProxies) : undefined,
    logger,
    drain,
    close: [...close, closeMetrics],
  })
  logger.info({ issuer }, `listening on ${config.host}:${config.port} as ${issuer}`)
} catch (error) {
  const forOperator = [ConfigError, ListenError, StartRefused, DatabaseUnavailable].some(
    (kind) => error instanceof kind,
  )
  const { message, stack } = error as Error
  const sentence =
    error instanceof DatabaseUnavailable
      ? `AUTH_DATABASE_URL: the database cannot be used: ${error.because}.`
      : message
  process.stderr.write(`${visibleLines(forOperator ? sentence : (fileProblem(error) ?? String(stack)))}\n`)
  process.exit(1)
}
