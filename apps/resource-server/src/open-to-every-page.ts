import cors from '@koa/cors'
import type { Middleware } from 'koa'

/**
 * Lets the pages of every origin read what is here. Safe because nothing here knows a cookie: a page can read what its own
 * token buys, and nothing else. Our own page is for people, not for other pages.
 */
export function openToEveryPage(): Middleware {
  const answerPreflight = cors({
    origin: '*',
    allowMethods: ['GET'],
    // Pages built on Swagger UI and HTTP clients with defaults of their own send more than this server reads.
    allowHeaders: ['authorization', 'content-type', 'x-requested-with', 'x-request-id'],
    maxAge: 600,
  })

  return (ctx, next) => {
    if (ctx.path === '/') return next()
    if (ctx.method === 'OPTIONS') return answerPreflight(ctx, next)
    // The same words to everybody, whether a page asks or not: so no cache has to keep answers apart by their origin.
    ctx.set('access-control-allow-origin', '*')
    ctx.set('access-control-expose-headers', 'www-authenticate,retry-after,x-request-id')
    return next()
  }
}
