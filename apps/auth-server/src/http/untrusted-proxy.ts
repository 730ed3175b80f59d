import type { Logger } from '@countersign/http-service'
import type { Middleware } from 'koa'

/**
 * Warns once when requests come through a proxy that no setting says to trust. All requests then share the address of the
 * proxy, and the failed sign-ins of a few people keep all others out.
 */
export function warnOfUntrustedProxy(logger: Logger): Middleware {
  let warned = false
  return (ctx, next) => {
    if (!warned && ctx.get('x-forwarded-for') !== '') {
      warned = true
      logger.warn('requests come through a proxy: set AUTH_TRUST_PROXY to the number of proxies in front')
    }
    return next()
  }
}
