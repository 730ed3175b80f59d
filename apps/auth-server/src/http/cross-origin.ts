import cors from '@koa/cors'
import type { Middleware } from 'koa'

export interface CrossOriginOptions {
  /** Documents any page may read; one that ends in a slash stands for all below it. */
  readonly publicPaths: readonly string[]
  /** Endpoints that pages of the allowed origins may call. */
  readonly callablePaths: readonly string[]
  readonly allowedOrigins: '*' | readonly string[]
}

/** Lets pages of other origins read what is public and call what they may; everything else stays closed to them. */
export function crossOrigin({ publicPaths, callablePaths, allowedOrigins }: CrossOriginOptions): Middleware {
  return cors({
    origin: (ctx) => {
      if (publicPaths.some((path) => matches(path, ctx.path))) return '*'
      if (!callablePaths.includes(ctx.path)) return ''
      if (allowedOrigins === '*') return '*'
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

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith('/') ? path.startsWith(pattern) : path === pattern
}
