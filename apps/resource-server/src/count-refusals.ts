import type { AccessTokenState } from '@countersign/access-token-verifier/koa'
import type { Metrics, RequestObserver } from '@countersign/http-service'

/** Counts refused access tokens by the code of the refusal. */
export function countRefusals(metrics: Metrics): RequestObserver {
  const refused = metrics.counter('access_token_refusals_total', {
    help: 'Requests refused for their access token, by the code of the refusal.',
    labels: ['code'],
  })

  return (ctx) => {
    const { accessTokenError: refusal }: Partial<AccessTokenState> = ctx.state
    if (refusal) refused({ code: refusal.code })
  }
}
