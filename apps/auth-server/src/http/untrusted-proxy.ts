import type { Logger } from '@countersign/http-service'
import type { Middleware } from 'koa'

/**
 * Says once when requests come through a proxy that nobody told us to trust: everybody then shares its address, and the
 * failed sign-ins of a few keep all others out.
 */
export function noteUntrustedProxy(logger: Logger): Middleware {
  let said = false
  return (ctx, next) => {
    if (!said && ctx.get('x-forwarded-for') !== '') {
      said = true
      logger.warn('requests come through a proxy: set AUTH_TRUST_PROXY to the number of proxies in front')
    }
    return next()
  }
}
