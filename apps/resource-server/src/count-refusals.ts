import type { AccessTokenState } from '@countersign/access-token-verifier/koa'
import type { Metrics } from '@countersign/http-service'
import type { Middleware } from 'koa'

/** Counts refused access tokens by the code of the refusal. */
export function countRefusals(metrics: Metrics): Middleware<AccessTokenState> {
  const refused = metrics.counter('access_token_refusals_total', {
    help: 'Requests refused for their access token, by the code of the refusal.',
    labels: ['code'],
  })

  return async (ctx, next) => {
    await next()
    const refusal = ctx.state.accessTokenError
    if (refusal) refused({ code: refusal.code })
  }
}
