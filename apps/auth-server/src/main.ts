import { runService } from '@countersign/http-service'
import { AUTH_SETTINGS, readConfig } from './config/config.ts'
import { forwardedAddress } from './http/client-address.ts'
import { startServer } from './start-server.ts'
import { DatabaseUnavailable, StartRefused } from './storage/errors.ts'

await runService({
  name: 'auth-server',
  directory: import.meta.dirname,
  settings: AUTH_SETTINGS,
  prefix: 'AUTH_',
  readConfig,
  open: async ({ config, environment, logger, metrics }) => {
    const { issuer, trustedProxies } = config
    const { app, drain, close } = await startServer(config, environment, { logger, metrics })
    return {
      handler: app.callback(),
      // Everybody comes on the connections of the proxy: who it is says the proxy.
      addressOf: trustedProxies > 0 ? (request) => forwardedAddress(request, trustedProxies) : undefined,
      name: ['issuer', issuer],
      drain,
      close,
    }
  },
  refusalOf: (error) => {
    if (error instanceof StartRefused) return error.message
    if (!(error instanceof DatabaseUnavailable)) return undefined
    return `AUTH_DATABASE_URL: the database cannot be used: ${error.because}.`
  },
})
