import { type Metrics, notedForLog, type RequestObserver, routeOf } from '@countersign/http-service'

/**
 * Counts issued tokens and refused requests, from the same facts as the log line, so that the two cannot disagree. An
 * error is counted by its reason, which is more precise than the error code on the wire.
 */
export function countOAuth(metrics: Metrics): RequestObserver {
  const registers = [metrics.registry]
  const issued = new metrics.Counter({
    name: 'oauth_tokens_issued_total',
    help: 'Token responses, by the grant that earned them.',
    labelNames: ['grant_type'],
    registers,
  })
  const refused = new metrics.Counter({
    name: 'oauth_errors_total',
    help: 'Requests refused, by endpoint and reason.',
    labelNames: ['endpoint', 'error'],
    registers,
  })

  return (ctx) => {
    const { error, grantType } = notedForLog(ctx)
    if (error !== undefined) refused.inc({ endpoint: routeOf(ctx), error })
    else if (grantType !== undefined) issued.inc({ grant_type: grantType })
  }
}
