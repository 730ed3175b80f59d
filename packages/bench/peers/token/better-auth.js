// better-auth with its OAuth provider and RS256 keys; its adapter in memory, everything that limits requests off.

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { readSettings } from '../settings.js'

const { host, port, audience, clientId, clientSecret } = readSettings()
const tables = ['user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthAccessToken']
const more = [
  'oauthRefreshToken',
  'oauthConsent',
  'oauthResource',
  'oauthClientResource',
  'oauthClientAssertion',
]
const db = Object.fromEntries([...tables, ...more].map((name) => [name, []]))
const auth = betterAuth({
  baseURL: `http://${host}:${port}`,
  secret: 'a secret that is long enough for better-auth',
  database: memoryAdapter(db),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  disabledPaths: ['/token'],
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: 'RS256', modulusLength: 2048 } }, disableSettingJwtHeader: true }),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes: ['openid', 'orders'],
      resources: [audience],
      m2mAccessTokenExpiresIn: 1800,
    }),
  ],
})
const { adapter } = await auth.$context
await adapter.create({
  model: 'oauthClient',
  data: {
    clientId,
    clientSecret: createHash('sha256').update(clientSecret).digest('base64url'),
    disabled: false,
    redirectUris: [],
    scopes: ['orders'],
    clientCredentialsScopes: ['orders'],
    grantTypes: ['client_credentials'],
    responseTypes: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    public: false,
    type: 'web',
    createdAt: new Date(),
    updatedAt: new Date(),
  },
})
await adapter.create({
  model: 'oauthClientResource',
  data: { clientId, resourceId: audience, createdAt: new Date() },
})
createServer(toNodeHandler(auth)).listen(port, host)
