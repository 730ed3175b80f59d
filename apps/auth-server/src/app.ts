import { type Health, type Logger, type Metrics, requestLog } from '@countersign/http-service'
import type { Clock, Seconds } from '@countersign/shared'
import Router from '@koa/router'
import Koa from 'koa'
import type { AttemptThrottle } from './domain/attempts/attempt-throttle.ts'
import type { KeyRing } from './domain/keys/key-ring.ts'
import type { StatusListSigner } from './domain/status/status-list-token.ts'
import type { PasswordHasher } from './domain/users/password-hasher.ts'
import type { SignInThrottle } from './domain/users/sign-in-throttle.ts'
import { homeEndpoint } from './endpoints/home-endpoint.ts'
import { introspectionEndpoint } from './endpoints/introspection-endpoint.ts'
import { jwksEndpoint } from './endpoints/jwks-endpoint.ts'
import { metadataEndpoint } from './endpoints/metadata-endpoint.ts'
import { revocationEndpoint } from './endpoints/revocation-endpoint.ts'
import { statusListEndpoint } from './endpoints/status-list-endpoint.ts'
import { clientCredentialsGrant } from './endpoints/token/client-credentials-grant.ts'
import { passwordGrant } from './endpoints/token/password-grant.ts'
import { refreshTokenGrant } from './endpoints/token/refresh-token-grant.ts'
import { tokenEndpoint } from './endpoints/token/token-endpoint.ts'
import { countOAuth } from './http/count-oauth.ts'
import { crossOrigin } from './http/cross-origin.ts'
import { errorResponse } from './http/error-response.ts'
import { formBody } from './http/form-body.ts'
import { noteUntrustedProxy } from './http/untrusted-proxy.ts'
import { PATHS } from './oauth/paths.ts'
import type { Database } from './storage/database.ts'

/** All that the routes need, by name; each endpoint takes what it declares. */
export interface AppDeps {
  readonly db: Database
  readonly keyRing: KeyRing
  readonly passwordHasher: PasswordHasher
  readonly throttle: SignInThrottle
  readonly clientThrottle: AttemptThrottle
  readonly statusLists: StatusListSigner
  readonly health: Health
  readonly logger: Logger
  readonly metrics: Metrics | undefined
  readonly now: Clock
  readonly issuer: string
  readonly defaultClient: string | undefined
  readonly defaultAudience: string | undefined
  readonly accessTokenLifetime: Seconds
  readonly refreshTokenLifetime: Seconds
  readonly refreshTokenIdleLifetime: Seconds
  readonly refreshReuseGrace: Seconds
  readonly keyPublishLead: Seconds
  readonly trustedProxies: number
  readonly corsOrigins: '*' | readonly string[]
  readonly exampleRequests: readonly string[]
}

/** The authorization server as one Koa application: every middleware and every route, once, in order. */
export function createApp(deps: AppDeps): Koa {
  const app = new Koa({ proxy: deps.trustedProxies > 0, maxIpsCount: deps.trustedProxies })
  app.on('error', (error) => deps.logger.error({ err: error }, 'response failed'))

  const { issuer } = deps
  const grants = [passwordGrant(deps), clientCredentialsGrant(deps), refreshTokenGrant(deps)]
  const form = formBody()
  // A path is what it is: one that differs in a letter's case or ends in a slash is another one.
  const router = new Router({ sensitive: true, strict: true })
  router.get(PATHS.home.path, homeEndpoint(deps))
  router.get(PATHS.livez.path, deps.health.livez)
  router.get(PATHS.readyz.path, deps.health.readyz)
  router.get(PATHS.jwks.path, jwksEndpoint(deps))
  router.get(PATHS.metadata.path, metadataEndpoint({ ...deps, grants }))
  router.get(PATHS.openidConfiguration.path, metadataEndpoint({ ...deps, grants }))
  router.post(
    PATHS.token.path,
    form,
    tokenEndpoint({ ...deps, grants, assertionAudiences: [issuer, issuer + PATHS.token.path] }),
  )
  router.post(PATHS.revocation.path, form, revocationEndpoint({ ...deps, assertionAudiences: [issuer] }))
  router.get(PATHS.statusList.path, statusListEndpoint(deps))
  router.post(
    PATHS.introspection.path,
    form,
    introspectionEndpoint({ ...deps, assertionAudiences: [issuer] }),
  )

  app.use(requestLog(deps.logger, deps.metrics ? [deps.metrics.countRequest, countOAuth(deps.metrics)] : []))
  if (deps.trustedProxies === 0) app.use(noteUntrustedProxy(deps.logger))
  app.use(errorResponse(deps.logger))
  app.use(crossOrigin(deps.corsOrigins))
  app.use(router.allowedMethods())
  app.use(router.routes())
  return app
}
