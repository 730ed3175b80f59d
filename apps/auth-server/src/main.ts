import { ConfigError, createLogger, ListenError, readEnvironment, serve } from '@countersign/http-service'
import { readConfig } from './config.ts'
import { openServer } from './open-server.ts'
import { StartRefused } from './storage/start-refused.ts'

try {
  const environment = readEnvironment(process.env, import.meta.dirname)
  const config = readConfig(environment)
  const logger = createLogger({
    name: 'auth-server',
    level: config.logLevel,
    format: process.stdout.isTTY ? 'readable' : 'json',
  })
  const { app, drain, close } = await openServer(config, environment, logger)

  await serve({ handler: app.callback(), host: config.host, port: config.port, logger, drain, close })
  logger.info({ issuer: config.issuer }, `listening on ${config.host}:${config.port} as ${config.issuer}`)
} catch (error) {
  const forOperator = [ConfigError, ListenError, StartRefused].some((kind) => error instanceof kind)
  process.stderr.write(`${forOperator ? (error as Error).message : (error as Error).stack}\n`)
  process.exit(1)
}
