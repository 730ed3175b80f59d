import { type AccessTokenVerifier, createAccessTokenVerifier } from '@countersign/access-token-verifier'
import { createHealth, runService } from '@countersign/http-service'
import { systemClock } from '@countersign/shared'
import { createApp } from './app.ts'
import { RESOURCE_SETTINGS, readConfig } from './config.ts'
import { pause, reportIssuerMismatch } from './issuer-mismatch.ts'
import { createIssuerWatch } from './issuer-watch.ts'

await runService({
  name: 'resource-server',
  directory: import.meta.dirname,
  settings: RESOURCE_SETTINGS,
  prefix: 'RESOURCE_',
  readConfig,
  open: ({ config, logger, metrics }) => {
    const verifier = createAccessTokenVerifier({ ...config, onFetch: createIssuerWatch(logger) })
    const health = createHealth({ key_set: () => keySetHeld(verifier) }, (check, error) =>
      // At debug, because a prober asks again and again. The operator is told why once, by the report below.
      logger.debug({ check, err: error }, 'not ready'),
    )
    const app = createApp({ verifier, health, logger, metrics })
    const stop = new AbortController()
    const { signal: stopping } = stop
    const prepare = () => verifier.prepare()

    return {
      handler: app.callback(),
      name: ['audience', config.audience],
      drain: health.drain,
      close: [() => stop.abort(), () => verifier.close()],
      onListening: () =>
        void reportIssuerMismatch({ ...config, prepare, logger, now: systemClock, pause, stopping }),
    }
  },
})

/** It fetches nothing: a prober must not wait for the issuer. */
async function keySetHeld(verifier: AccessTokenVerifier): Promise<void> {
  if (!verifier.ready()) throw new Error('No key set is held.')
}
