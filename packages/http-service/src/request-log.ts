import { randomUUID } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import type { Logger } from './logger.ts'
import { redactSecrets } from './redact-secrets.ts'

/** Adds facts about a request to its log line: names of clients, grant types and errors, never a secret. */
export function noteForLog(ctx: Context, facts: Readonly<Record<string, string | undefined>>): void {
  ctx.state.logged = { ...ctx.state.logged, ...facts }
}

/**
 * Told of every request when it is over and before its line is written, for which it may note facts: whoever counts
 * requests, and so counts what is logged. In place of a middleware each, which would cost more than most of them do.
 */
export type RequestObserver = (ctx: Context, milliseconds: number) => void

/** Asked every few seconds by whoever watches us: at debug, or they would be most of the log. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz'])

/** What has been noted so far: for whoever counts the same facts. */
export function notedForLog(ctx: Context): Readonly<Record<string, string | undefined>> {
  return ctx.state.logged ?? {}
}

/**
 * Gives every request an id of ours, answers it in `X-Request-Id`, and when the request is over tells the observers and
 * logs one line, that of a probe at debug. An id that came with the request is logged beside ours and trusted for
 * nothing. The line names the matched route, never the query, which may hold a secret; where no route matched, the
 * beginning of the path, which tells a typo in a setting from somebody who guesses paths.
 */
export function requestLog(logger: Logger, observers: readonly RequestObserver[] = []): Middleware {
  // The fields of this line are a closed set without a secret, and what stands in them is still searched for the shapes
  // of secrets; going through the names as well would cost as much as the rest of the line.
  const lines = logger.child({}, { redact: [] })

  return async (ctx, next) => {
    const start = performance.now()
    const requestId = randomUUID()
    ctx.state.requestId = requestId
    ctx.set('x-request-id', requestId)
    // On every answer, so none can be taken for a script or a page that it does not say it is.
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

/** The pattern of the route that answered; a path nobody knows has one name for all, or there would be a counter for each. */
export function routeOf(ctx: Context): string {
  const matched: unknown = ctx._matchedRoute
  return typeof matched === 'string' ? matched : '(no route)'
}

/** Enough to know it by; whoever sends longer ones shall not fill the log. */
const MAX_PATH_CHARACTERS = 100

/** A part of a path that is a word, or a version: what is made of anything else may be a password in the wrong place. */
const WORD = /^(?:[a-z._~-]*|v\d{1,2})$/i

function unknownPath(ctx: Context): { path: string } | undefined {
  if (typeof ctx._matchedRoute === 'string') return undefined
  const parts = ctx.path.split('/').map((part) => (WORD.test(part) ? part : '[redacted]'))
  // Before it is cut: half a token would not be known for one.
  const path = redactSecrets(parts.join('/'))
  return { path: path.length > MAX_PATH_CHARACTERS ? `${path.slice(0, MAX_PATH_CHARACTERS)}…` : path }
}

function incomingRequestId(ctx: Context): { incomingRequestId: string } | undefined {
  const id = ctx.headers['x-request-id']
  if (typeof id !== 'string') return undefined
  return /^[\w.:/+=-]{1,128}$/.test(id) ? { incomingRequestId: id } : undefined
}
