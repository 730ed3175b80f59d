import { randomUUID } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import type { Logger } from './logger.ts'
import { redactSecrets } from './redact-secrets.ts'

/** Adds facts about a request to its log line: names of clients, grant types and errors. Never a secret. */
export function noteForLog(ctx: Context, facts: Readonly<Record<string, string | undefined>>): void {
  ctx.state.logged = { ...ctx.state.logged, ...facts }
}

/**
 * Called for every request when it is over and before its line is written. It may note facts for the line, and it can
 * count requests from the same facts that are logged. One middleware per observer would cost more than most observers do.
 */
export type RequestObserver = (ctx: Context, milliseconds: number) => void

/** Probes ask for these every few seconds. They are logged at debug, because they would otherwise be most of the log. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz'])

/** The facts noted so far, for observers that count them. */
export function notedForLog(ctx: Context): Readonly<Record<string, string | undefined>> {
  return ctx.state.logged ?? {}
}

/**
 * Gives every request a new id and returns it in `X-Request-Id`. When the request is over, calls the observers and
 * logs one line, for a probe at debug. An id that came with the request is logged beside ours and is not trusted. The
 * line names the matched route and never the query, which may hold a secret. Where no route matched, it has the beginning
 * of the path, which distinguishes a typo in a setting from somebody who guesses paths.
 */
export function requestLog(logger: Logger, observers: readonly RequestObserver[] = []): Middleware {
  // The fields of this line are a closed set without a secret, and their values are still searched for the shapes of
  // secrets. Checking the names as well would cost as much as the rest of the line.
  const lines = logger.child({}, { redact: [] })

  return async (ctx, next) => {
    const start = performance.now()
    const requestId = randomUUID()
    ctx.state.requestId = requestId
    ctx.set('x-request-id', requestId)
    // On every answer, so that a browser never treats it as a script or a page unless its content type says so.
    ctx.set('x-content-type-options', 'nosniff')

    try {
      await next()
    } finally {
      const milliseconds = performance.now() - start
      try {
        for (const observe of observers) observe(ctx, milliseconds)
      } finally {
        lines[PROBES.has(routeOf(ctx)) ? 'debug' : 'info'](
          {
            requestId,
            ...incomingRequestId(ctx),
            method: ctx.method,
            route: routeOf(ctx),
            ...unknownPath(ctx),
            status: ctx.status,
            ms: Math.round(milliseconds * 10) / 10,
            ...ctx.state.logged,
          },
          'request',
        )
      }
    }
  }
}

/** The pattern of the route that answered. All unknown paths share one name; otherwise each would get its own counter. */
export function routeOf(ctx: Context): string {
  const matched: unknown = ctx._matchedRoute
  return typeof matched === 'string' ? matched : '(no route)'
}

/** Enough to recognize a path. Longer paths must not fill the log. */
const MAX_PATH_CHARACTERS = 100

/** A part of a path that is a word or a version. Anything else may be a password in the wrong place. */
const WORD = /^(?:[a-z._~-]*|v\d{1,2})$/i

function unknownPath(ctx: Context): { path: string } | undefined {
  if (typeof ctx._matchedRoute === 'string') return undefined
  const parts = ctx.path.split('/').map((part) => (WORD.test(part) ? part : '[redacted]'))
  // Redacted before it is cut, because half a token would not be recognized.
  const path = redactSecrets(parts.join('/'))
  return { path: path.length > MAX_PATH_CHARACTERS ? `${path.slice(0, MAX_PATH_CHARACTERS)}…` : path }
}

function incomingRequestId(ctx: Context): { incomingRequestId: string } | undefined {
  const id = ctx.headers['x-request-id']
  if (typeof id !== 'string') return undefined
  return /^[\w.:/+=-]{1,128}$/.test(id) ? { incomingRequestId: id } : undefined
}
