/** What every request passes besides its route: its line in the log, its count, cross-origin headers and errors. */
import type { AccessTokenState } from '@countersign/access-token-verifier/koa'
import { type Logger, type Metrics, noteForLog, type RequestObserver } from '@countersign/http-service'
import type { ErrorResponse } from '@countersign/shared'
import cors from '@koa/cors'
import type { Context, Middleware } from 'koa'

/**
 * Adds to the log line of a request whose token it was, or why it was refused. It also says what was expected and what was
 * found, so that an operator can tell a foreign token from a wrong setting.
 */
export const noteAccessToken: RequestObserver = (ctx) => {
  const { accessToken, accessTokenError: refusal }: Partial<AccessTokenState> = ctx.state
  if (accessToken) {
    const { clientId, subject } = accessToken
    // A client that acts for itself is named already.
    noteForLog(ctx, { clientId, ...(subject !== clientId && { sub: subject }) })
  }
  if (!refusal) return
  noteForLog(ctx, {
    error: refusal.code,
    expected: refusal.expected,
    actual: refusal.actual,
    detail: refusal.cause instanceof Error ? refusal.cause.message : undefined,
  })
}

/** Counts refused access tokens by the code of the refusal. */
export function countRefusals(metrics: Metrics): RequestObserver {
  const refused = new metrics.Counter({
    name: 'access_token_refusals_total',
    help: 'Requests refused for their access token, by the code of the refusal.',
    labelNames: ['code'],
    registers: [metrics.registry],
  })

  return (ctx) => {
    const { accessTokenError: refusal }: Partial<AccessTokenState> = ctx.state
    if (refusal) refused.inc({ code: refusal.code })
  }
}

/**
 * Allows the pages of every origin to read the answers. That is safe because nothing here reads a cookie: a page can only read
 * what its own token allows. Our own page is excluded, because it is for people.
 */
export function allowAnyOrigin(): Middleware {
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
    // The same for everybody, so that no cache has to keep an answer for each origin.
    ctx.set('access-control-allow-origin', '*')
    ctx.set('access-control-expose-headers', 'www-authenticate,retry-after,x-request-id')
    return next()
  }
}

/**
 * Answers the requests that no route has answered, in the form of every other refusal. Refused tokens are answered before. An
 * error that comes this far is a bug: it is logged in full, and the client gets one sentence.
 */
export function errorResponse(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      answerUnmatched(ctx)
    } catch (error) {
      logger.error({ requestId: ctx.state.requestId, err: error }, 'unexpected error')
      answer(ctx, 500, {
        error: 'server_error',
        error_description: 'Something went wrong. It has been logged; try again later.',
      })
    }
  }
}

function answerUnmatched(ctx: Context): void {
  // Set by `router.allowedMethods` where another method has a route. It would answer OPTIONS with 200.
  const allow = ctx.response.get('allow')
  if (allow) {
    answer(ctx, 405, { error: 'invalid_request', error_description: `This address takes ${allow}.` })
  } else if ((ctx.status === 404 || ctx.status === 501) && !ctx.body) {
    ctx.remove('allow')
    answer(ctx, 404, { error: 'invalid_request', error_description: 'There is nothing at this address.' })
  }
}

function answer(ctx: Context, status: 404 | 405 | 500, body: ErrorResponse): void {
  ctx.status = status
  ctx.set('cache-control', 'no-store')
  ctx.body = body
  noteForLog(ctx, { error: NAMES_IN_LOG[status] })
}

/** The same words the authorization server logs for the same refusals. */
const NAMES_IN_LOG = { 404: 'not_found', 405: 'wrong_method', 500: 'server_error' } as const
