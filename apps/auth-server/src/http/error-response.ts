import { type Logger, noteForLog, unmatchedRoute } from '@countersign/http-service'
import type { ErrorResponse } from '@countersign/shared'
import type { Context, Middleware } from 'koa'
import { OAuthError } from '../oauth/error.ts'
import { DatabaseUnavailable } from '../storage/database-unavailable.ts'
import { OutcomeUnknown } from '../storage/outcome-unknown.ts'
import { clientAddress } from './client-address.ts'

/**
 * The one place where an error becomes a response (RFC 6749 §5.2). A refusal is answered as its reason says, a database
 * that is away as a reason to try again; anything else is a bug or a fault: logged in full, told in few words.
 */
export function errorResponse(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      refuseUnmatched(ctx)
    } catch (error) {
      const refusal = refusalOf(error)
      answer(ctx, refusal)
      log(logger, ctx, refusal)
    }
  }
}

function refuseUnmatched(ctx: Context): void {
  const unmatched = unmatchedRoute(ctx)
  if (!unmatched || ctx.status !== 404) return
  switch (unmatched.kind) {
    case 'not_found':
      throw new OAuthError('not_found', 'There is nothing at this address.')
    case 'wrong_method':
      throw new OAuthError('wrong_method', `This address takes ${unmatched.allow}.`, {
        headers: { allow: unmatched.allow },
      })
    default:
      unmatched satisfies never
  }
}

function refusalOf(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof OutcomeUnknown) return outcomeUnknown(error)
  return error instanceof DatabaseUnavailable ? databaseUnavailable(error) : serverError(error)
}

function databaseUnavailable(cause: DatabaseUnavailable): OAuthError {
  return new OAuthError('database_unavailable', 'The server cannot reach its data: try again in a second.', {
    cause,
    headers: { 'retry-after': '1' },
  })
}

/** Without `retry-after`: what was asked may be done, and a refresh token that comes twice is taken for stolen. */
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
  // RFC 9110 §15.5.2: a 401 names how to authenticate, whichever way the client tried.
  if (refusal.reason === 'invalid_client') ctx.set('www-authenticate', 'Basic realm="countersign"')
  for (const [name, value] of Object.entries(refusal.options.headers ?? {})) ctx.set(name, value)
  ctx.body = { error: refusal.code, error_description: refusal.message } satisfies ErrorResponse
}

function log(logger: Logger, ctx: Context, refusal: OAuthError): void {
  const { detail, event, cause, sub } = refusal.options
  noteForLog(ctx, { error: refusal.reason, detail, ...(sub !== undefined && { sub }) })
  const requestId: unknown = ctx.state.requestId
  if (cause instanceof DatabaseUnavailable) logger.warn({ requestId, err: cause }, 'database unavailable')
  if (refusal.reason === 'server_error') logger.error({ requestId, err: cause }, 'unexpected error')
  if (event) logger.warn({ requestId, event, address: clientAddress(ctx), ...ctx.state.logged }, event)
}
