import type { AccessTokenState } from '@countersign/access-token-verifier/koa'
import { noteForLog, type RequestObserver } from '@countersign/http-service'

/**
 * Adds to the log line of a request whose token it was, or why it was refused. What was expected and what was found
 * instead go along: the operator has to tell a stranger's token from a setting that is wrong.
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
