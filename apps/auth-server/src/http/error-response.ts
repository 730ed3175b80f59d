import { type Logger, noteForLog } from '@countersign/http-service'
import type { ErrorResponse } from '@countersign/shared'
import type { Context, Middleware } from 'koa'
import { OAuthError } from '../oauth/error.ts'
import { DatabaseUnavailable, OutcomeUnknown } from '../storage/errors.ts'
import { clientAddress } from './client-address.ts'

/**
 * The one place where an error becomes a response (RFC 6749 §5.2), with the status and the headers that `OAuthError`
 * derives from its reason. An unavailable database is a reason to try again; anything else is a bug or a fault, which is
 * logged in full and told in few words.
 *
 * This folder owns what Koa needs besides the protocol: bodies, addresses, cross-origin rules and errors. It does not own
 * the rules of the protocol, nor any row.
 */
export function errorResponse(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      refuseUnmatched(ctx)
    } catch (error) {
      const refusal = toOAuthError(error)
      answer(ctx, refusal)
      log(logger, ctx, refusal)
    }
  }
}

/**
 * Refuses a request that no route answered. `router.allowedMethods` has said in `Allow` which methods the path takes,
 * and nothing when nobody knows the path. It would answer OPTIONS with 200; here that is a method like any other, since
 * a preflight of another origin does not come as far as the router.
 */
function refuseUnmatched(ctx: Context): void {
  if (ctx._matchedRoute !== undefined) return
  const allow = ctx.response.get('allow')
  if (allow) throw new OAuthError('wrong_method', `This address takes ${allow}.`)
  if (ctx.status !== 404 && ctx.status !== 501) return
  ctx.remove('allow')
  throw new OAuthError('not_found', 'There is nothing at this address.')
}

function toOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof OutcomeUnknown) return outcomeUnknown(error)
  return error instanceof DatabaseUnavailable ? databaseUnavailable(error) : serverError(error)
}

function databaseUnavailable(cause: DatabaseUnavailable): OAuthError {
  return new OAuthError('database_unavailable', 'The server cannot reach its data: try again in a second.', {
    cause,
    retryAfter: 1,
  })
}

/** Without `retryAfter`: the request may have succeeded, and a refresh token that comes twice counts as stolen. */
function outcomeUnknown(cause: OutcomeUnknown): OAuthError {
  return new OAuthError(
    'outcome_unknown',
    'The server lost its data at this moment and cannot tell whether this was done: a refresh token or a client assertion that was sent may be spent.',
    { cause },
  )
}

function serverError(cause: unknown): OAuthError {
  return new OAuthError('server_error', 'Something went wrong. It has been logged; try again later.', {
    cause,
  })
}

function answer(ctx: Context, refusal: OAuthError): void {
  ctx.status = refusal.status
  ctx.set('cache-control', 'no-store')
  ctx.set(refusal.responseHeaders)
  ctx.body = { error: refusal.code, error_description: refusal.message } satisfies ErrorResponse
}

function log(logger: Logger, ctx: Context, refusal: OAuthError): void {
  const { detail, event, cause, sub } = refusal.options
  noteForLog(ctx, { error: refusal.reason, detail, ...(sub !== undefined && { sub }) })
  const requestId: unknown = ctx.state.requestId
  if (cause instanceof DatabaseUnavailable) {
    logger.warn({ requestId, because: cause.because }, 'database unavailable')
  }
  if (refusal.reason === 'server_error') logger.error({ requestId, err: cause }, 'unexpected error')
  if (event) logger.warn({ requestId, event, address: clientAddress(ctx), ...ctx.state.logged }, event)
}
