import { type Logger, noteForLog, unmatchedRoute } from '@countersign/http-service'
import type { ErrorResponse } from '@countersign/shared'
import type { Context, Middleware } from 'koa'

/**
 * Answers what no route has answered, in the form of every other refusal. A refused token is not its business:
 * whatever is thrown this far is a bug or a fault, logged in full and told in few words.
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
  if (ctx.status !== 404 || ctx.body) return
  // A route may find that there is nothing at its address either.
  const unmatched = unmatchedRoute(ctx) ?? { kind: 'not_found' }
  switch (unmatched.kind) {
    case 'not_found':
      answer(ctx, 404, {
        error: 'invalid_request',
        error_description: 'There is nothing at this address.',
      })
      return
    case 'wrong_method':
      ctx.set('allow', unmatched.allow)
      answer(ctx, 405, {
        error: 'invalid_request',
        error_description: `This address takes ${unmatched.allow}.`,
      })
      return
    default:
      unmatched satisfies never
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
