import cors from '@koa/cors'
import type { Middleware } from 'koa'
import { PATHS, type Path } from '../oauth/paths.ts'

const OPEN_PATHS = Object.values<Path>(PATHS).filter(({ openTo }) => openTo !== undefined)

/** Lets pages of other origins read the paths that are open to them; all other paths stay closed to them. */
export function crossOrigin(allowedOrigins: '*' | readonly string[]): Middleware {
  return cors({
    origin: (ctx) => {
      const open = OPEN_PATHS.find((known) => matches(known, ctx.path))
      if (!open) return ''
      if (open.openTo === 'every origin' || allowedOrigins === '*') return '*'
      const origin = ctx.get('origin')
      return allowedOrigins.includes(origin) ? origin : ''
    },
    allowMethods: ['GET', 'POST'],
    // The last two are what Swagger UI and tracing clients add to every request they send.
    allowHeaders: ['authorization', 'content-type', 'x-requested-with', 'x-request-id'],
    exposeHeaders: ['www-authenticate', 'retry-after', 'x-request-id'],
    maxAge: 600,
  })
}

/** Of a path with a parameter, what comes before it decides. */
function matches({ path: known }: Path, path: string): boolean {
  const [before = known, parameter] = known.split(':')
  return parameter === undefined ? path === known : path.startsWith(before)
}
