// oidc-provider with JWT access tokens for one resource, and its adapter in memory.
import { Provider } from 'oidc-provider'
import { readSettings } from '../settings.js'
import { jwkOf, makeKey } from './signing-key.js'

const { host, port, audience, clientId, clientSecret } = readSettings()
const provider = new Provider(`http://${host}:${port}`, {
  jwks: { keys: [jwkOf(makeKey().privateKey)] },
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: () => ({
        scope: 'orders',
        audience,
        accessTokenTTL: 1800,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})
provider.listen(port, host)
