import { type AccessTokenVerifier, createAccessTokenVerifier } from '@countersign/access-token-verifier'
import { createHealth, createLogger, ListenError, openMetrics, serve } from '@countersign/http-service'
import {
  ConfigError,
  fileProblem,
  readEnvironment,
  unknownSettings,
  visibleLines,
} from '@countersign/settings'
import { systemClock } from '@countersign/shared'
import { createApp } from './app.ts'
import { RESOURCE_SETTINGS, readConfig } from './config.ts'
import { pause, reportIssuerMismatch } from './issuer-mismatch.ts'
import { createIssuerWatch } from './issuer-watch.ts'

try {
  const environment = readEnvironment(process.env, import.meta.dirname)
  const config = readConfig(environment)
  const logger = createLogger({
    name: 'resource-server',
    level: config.logLevel,
    format: process.stdout.isTTY ? 'readable' : 'json',
  })
  for (const name of unknownSettings(RESOURCE_SETTINGS, environment, 'RESOURCE_')) {
    logger.warn(`${name} is no setting of this server: look for its right name in docs/configuration.md`)
  }
  const { host, port } = config
  const { metrics, close: closeMetrics } = await openMetrics({ host, port: config.metricsPort, logger })
  const verifier = createAccessTokenVerifier({ ...config, onFetch: createIssuerWatch(logger) })
  const health = createHealth({ key_set: () => keySetHeld(verifier) }, (check, error) =>
    // At debug, because a prober asks again and again. The operator is told why once, by the report below.
    logger.debug({ check, err: error }, 'not ready'),
  )
  const app = createApp({ verifier, health, logger, metrics })
  const stop = new AbortController()

  await serve({
    ...config,
    handler: app.callback(),
    logger,
    drain: health.drain,
    close: [() => stop.abort(), () => verifier.close(), closeMetrics],
  })
  logger.info({ audience: config.audience }, `listening on ${host}:${port} as ${config.audience}`)
  const { signal: stopping } = stop
  void reportIssuerMismatch({
    ...config,
    prepare: () => verifier.prepare(),
    logger,
    now: systemClock,
    pause,
    stopping,
  })
} catch (error) {
  const forOperator = [ConfigError, ListenError].some((kind) => error instanceof kind)
  const { message, stack } = error as Error
  process.stderr.write(`${visibleLines(forOperator ? message : (fileProblem(error) ?? String(stack)))}\n`)
  process.exit(1)
}

/** It fetches nothing: a prober must not wait for the issuer. */
async function keySetHeld(verifier: AccessTokenVerifier): Promise<void> {
  if (!verifier.ready()) throw new Error('No key set is held.')
}
