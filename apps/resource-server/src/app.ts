import type { AccessTokenVerifier } from '@countersign/access-token-verifier'
import { requireAccessToken } from '@countersign/access-token-verifier/koa'
import { type Health, type Logger, type Metrics, requestLog } from '@countersign/http-service'
import { protectedResourceMetadataUrl } from '@countersign/shared'
import Router from '@koa/router'
import Koa from 'koa'
import { homeEndpoint } from './home-endpoint.ts'
import { meEndpoint, PROFILE_SCOPE } from './me-endpoint.ts'
import { allowAnyOrigin, countRefusals, errorResponse, noteAccessToken } from './middleware.ts'
import { RESOURCE_METADATA_ROUTE, resourceMetadataEndpoint } from './resource-metadata-endpoint.ts'

/** All that the routes need, by name. */
export interface AppDeps {
  readonly verifier: AccessTokenVerifier
  readonly health: Health
  readonly logger: Logger
  readonly metrics: Metrics | undefined
}

/** The resource server as one Koa application: every middleware and every route, once, in order. */
export function createApp({ verifier, health, logger, metrics }: AppDeps): Koa {
  const app = new Koa()
  app.on('error', (error) => logger.error({ err: error }, 'response failed'))

  const resourceMetadata = protectedResourceMetadataUrl(verifier.audience)
  // A path with another case or a final slash is another path.
  const router = new Router({ sensitive: true, strict: true })
  router.get(
    '/',
    homeEndpoint({ issuer: verifier.issuer, audience: verifier.audience, resourceMetadata, health }),
  )
  router.get('/livez', health.livez)
  router.get('/readyz', health.readyz)
  router.get(RESOURCE_METADATA_ROUTE, resourceMetadataEndpoint(verifier))
  router.get(
    '/users/me',
    requireAccessToken(verifier, { scope: PROFILE_SCOPE }),
    meEndpoint({ resourceMetadata }),
  )

  const counted = metrics ? [metrics.countRequest, countRefusals(metrics)] : []
  app.use(requestLog(logger, [noteAccessToken, ...counted]))
  app.use(errorResponse(logger))
  app.use(allowAnyOrigin())
  app.use(router.allowedMethods())
  app.use(router.routes())
  return app
}
