import { type Health, type Logger, type Metrics, requestLog } from '@countersign/http-service'
import type { Clock, Seconds } from '@countersign/shared'
import Router from '@koa/router'
import Koa from 'koa'
import type { AttemptThrottle } from './domain/attempts/attempt-throttle.ts'
import { findOrOpenClientAuthorization } from './domain/authorizations/client-authorization.ts'
import { openUserAuthorization } from './domain/authorizations/open-authorization.ts'
import { examineRefreshToken } from './domain/authorizations/presented-refresh-token.ts'
import { revokeAuthorization } from './domain/authorizations/revoke-authorizations.ts'
import { rotateRefreshToken } from './domain/authorizations/rotate-refresh-token.ts'
import {
  type AuthenticateClient,
  type AuthenticateClientDeps,
  authenticateClient,
} from './domain/clients/authenticate-client.ts'
import { narrowAccess, resolveAccess, resolveOwnAccess } from './domain/clients/requested-access.ts'
import type { KeyRing } from './domain/keys/key-ring.ts'
import type { StatusListSigner } from './domain/status/status-list-token.ts'
import { inspectToken } from './domain/tokens/inspect-token.ts'
import { issueTokens } from './domain/tokens/issue-tokens.ts'
import { authenticateUser } from './domain/users/authenticate-user.ts'
import type { PasswordHasher } from './domain/users/password-hasher.ts'
import type { SignInThrottle } from './domain/users/sign-in-throttle.ts'
import { findUser } from './domain/users/user-store.ts'
import { homeEndpoint } from './endpoints/home-endpoint.ts'
import { introspectionEndpoint } from './endpoints/introspection-endpoint.ts'
import { jwksEndpoint } from './endpoints/jwks-endpoint.ts'
import { metadataEndpoint } from './endpoints/metadata-endpoint.ts'
import { pageScriptEndpoint } from './endpoints/page-script-endpoint.ts'
import { revocationEndpoint } from './endpoints/revocation-endpoint.ts'
import { statusListEndpoint } from './endpoints/status-list-endpoint.ts'
import { clientCredentialsGrant } from './endpoints/token/client-credentials-grant.ts'
import type { Grant } from './endpoints/token/grant.ts'
import { passwordGrant } from './endpoints/token/password-grant.ts'
import { refreshTokenGrant } from './endpoints/token/refresh-token-grant.ts'
import { tokenEndpoint } from './endpoints/token/token-endpoint.ts'
import { countOAuth } from './http/count-oauth.ts'
import { crossOrigin } from './http/cross-origin.ts'
import { errorResponse } from './http/error-response.ts'
import { formBody } from './http/form-body.ts'
import { warnOfUntrustedProxy } from './http/untrusted-proxy.ts'
import { PATHS } from './oauth/paths.ts'
import type { Database } from './storage/database.ts'

/** All that the routes need, by name. */
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

/** The authorization server as one Koa application: every middleware, once, in order. */
export function createApp(deps: AppDeps): Koa {
  const { logger, metrics, trustedProxies } = deps
  const app = new Koa({ proxy: trustedProxies > 0, maxIpsCount: trustedProxies })
  app.on('error', (error) => logger.error({ err: error }, 'response failed'))

  const router = createRouter(deps)
  app.use(requestLog(logger, metrics ? [metrics.countRequest, countOAuth(metrics)] : []))
  if (trustedProxies === 0) app.use(warnOfUntrustedProxy(logger))
  app.use(errorResponse(logger))
  app.use(crossOrigin(deps.corsOrigins))
  app.use(router.allowedMethods())
  app.use(router.routes())
  return app
}

/** Every route, once, and what its endpoint is given: what it names, and nothing else. */
function createRouter(deps: AppDeps): Router {
  const { db, keyRing, statusLists, health, logger, now, issuer, accessTokenLifetime } = deps
  const { defaultClient, keyPublishLead, exampleRequests } = deps

  const form = formBody()
  const grants = createGrants(deps)
  const grantTypes = grants.map((grant) => grant.type)
  const inspect = (token: string) => inspectToken({ db, keyRing, issuer, now }, token)

  // A path is matched exactly: one that differs in the case of a letter or ends in a slash is another one.
  const router = new Router({ sensitive: true, strict: true })
  router.get(PATHS.home.path, homeEndpoint({ issuer, exampleRequests, health }))
  router.get(PATHS.livez.path, health.livez)
  router.get(PATHS.readyz.path, health.readyz)
  router.get(PATHS.jwks.path, jwksEndpoint({ keyRing, keyPublishLead }))
  router.get(PATHS.metadata.path, metadataEndpoint({ db, issuer, grantTypes }))
  router.get(PATHS.openidConfiguration.path, metadataEndpoint({ db, issuer, grantTypes }))
  router.get(PATHS.statusList.path, statusListEndpoint({ statusLists }))
  router.get(PATHS.pageScript.path, pageScriptEndpoint())
  router.post(
    PATHS.token.path,
    form,
    tokenEndpoint({
      authenticateClient: bindAuthenticateClient(deps, {
        defaultClient,
        assertionAudiences: [issuer, issuer + PATHS.token.path],
      }),
      grants,
      issueTokens: (authorization) => issueTokens({ keyRing, issuer, accessTokenLifetime }, authorization),
    }),
  )
  router.post(
    PATHS.revocation.path,
    form,
    revocationEndpoint({
      authenticateClient: bindAuthenticateClient(deps, { defaultClient, assertionAudiences: [issuer] }),
      inspectToken: inspect,
      revokeAuthorization: (id) => revokeAuthorization(db, id, now()),
      logger,
      now,
    }),
  )
  router.post(
    PATHS.introspection.path,
    form,
    introspectionEndpoint({
      // Without a default client: a request that names no client is refused.
      authenticateClient: bindAuthenticateClient(deps, {
        defaultClient: undefined,
        assertionAudiences: [issuer],
      }),
      inspectToken: inspect,
      db,
      issuer,
    }),
  )
  return router
}

/** Every grant of the token endpoint, once; the metadata lists them in this order. */
function createGrants(deps: AppDeps): readonly Grant[] {
  const { db, now, issuer, passwordHasher, throttle, defaultAudience } = deps
  const { accessTokenLifetime, refreshTokenLifetime, refreshTokenIdleLifetime, refreshReuseGrace } = deps

  return [
    passwordGrant({
      resolveAccess: (client, request) => resolveAccess({ db, issuer, defaultAudience }, client, request),
      authenticateUser: (credentials) => authenticateUser({ db, passwordHasher, throttle }, credentials),
      openAuthorization: (signedIn) =>
        openUserAuthorization(
          { db, now, accessTokenLifetime, refreshTokenLifetime, refreshTokenIdleLifetime },
          signedIn,
        ),
    }),
    clientCredentialsGrant({
      resolveAccess: (client, request) => resolveOwnAccess({ db, issuer, defaultAudience }, client, request),
      findOrOpenAuthorization: (client, access) =>
        findOrOpenClientAuthorization({ db, now, accessTokenLifetime }, client, access),
    }),
    refreshTokenGrant({
      examineRefreshToken: (token, clientId) =>
        examineRefreshToken({ db, now, refreshReuseGrace }, token, clientId),
      findUser: (id) => findUser(db, id),
      narrowAccess: (request, earlier) => narrowAccess({ db, issuer, defaultAudience }, request, earlier),
      rotateRefreshToken: (presented) =>
        rotateRefreshToken(
          { db, now, accessTokenLifetime, refreshTokenIdleLifetime, refreshReuseGrace },
          presented,
        ),
    }),
  ]
}

/** Failures of one client count together, whichever endpoint they come to: they share the throttle. */
function bindAuthenticateClient(
  { db, now, clientThrottle }: AppDeps,
  { defaultClient, assertionAudiences }: Pick<AuthenticateClientDeps, 'defaultClient' | 'assertionAudiences'>,
): AuthenticateClient {
  return (sender, parameters) =>
    authenticateClient({ db, now, clientThrottle, defaultClient, assertionAudiences }, sender, parameters)
}
