import type { Context, Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import { OAuthError } from '../oauth/error.ts'
import { type KnownParameter, type Parameters, parseParameters } from '../oauth/parameters.ts'
import { type BodyBudget, createBodyBudget } from './body-budget.ts'

const FORM = 'application/x-www-form-urlencoded'

/**
 * Reads a form body of at most 64 KiB as text. As text, because the parser's own form reader nests objects and drops
 * repetitions, which this server refuses. Throws `wrong_content_type` and `body_too_large`.
 */
export function formBody(): Middleware {
  const readText = bodyParser({
    enableTypes: ['text'],
    extendTypes: { text: [FORM] },
    textLimit: '64kb',
    onerror: (error, ctx) => {
      const refusal = toOAuthError(error)
      // Nobody reads the rest of the body.
      if (refusal instanceof OAuthError && refusal.reason === 'body_too_large') ctx.set('connection', 'close')
      throw refusal
    },
  })

  const budget = createBodyBudget()

  return async (ctx, next) => {
    if (!ctx.is(FORM)) {
      throw new OAuthError('wrong_content_type', `Send the parameters as a form: content-type ${FORM}.`)
    }
    if (!/^(?:identity|gzip)?$/i.test(ctx.get('content-encoding'))) throw wrongEncoding()
    await readWithin(budget, ctx, () => readText(ctx, async () => {}))
    return next()
  }
}

/** What a gzip body takes besides the bytes that have arrived: its window, and what comes out of it. */
const GZIP_COST_BYTES = 131_072

/**
 * Reads a body, until the budget has no room for it or its sender is gone. The parser notices neither, and would wait
 * forever for the rest of a gzip body that was cut off. Throws `overloaded` and `invalid_request`.
 */
async function readWithin(budget: BodyBudget, ctx: Context, read: () => Promise<unknown>): Promise<void> {
  const { req } = ctx
  const gaveUp = Promise.withResolvers<never>()
  const held = budget(() => {
    // Nobody reads the rest of the body.
    ctx.set('connection', 'close')
    gaveUp.reject(tooMuchAtOnce())
  })
  if (ctx.get('content-encoding') !== '') held.add(GZIP_COST_BYTES)
  const count = (piece: Buffer): void => held.add(piece.length)
  const endEarly = (): void => {
    if (!req.complete) gaveUp.reject(endedEarly('request aborted'))
  }
  try {
    const reading = read()
    req.on('data', count).once('close', endEarly)
    await Promise.race([reading, gaveUp.promise])
  } finally {
    held.release()
    req.off('data', count).off('close', endEarly)
  }
}

/** The parameters of a form that `formBody` has read. */
export function readForm(ctx: Context, known: readonly KnownParameter[]): Parameters {
  return parseParameters(typeof ctx.request.body === 'string' ? ctx.request.body : '', known)
}

function toOAuthError(error: Error & { readonly status?: number; readonly type?: string }): Error {
  switch (error.status) {
    case 413:
      return new OAuthError('body_too_large', 'The body is larger than 64 KiB.')
    case 415:
      return wrongEncoding()
    case 400:
      return endedEarly(error.message)
    default:
      return isZlibError(error)
        ? new OAuthError('invalid_request', 'The body is not the gzip it says it is.')
        : error
  }
}

function endedEarly(detail: string): OAuthError {
  return new OAuthError('invalid_request', 'The body ended before it was complete.', { detail })
}

function tooMuchAtOnce(): OAuthError {
  return new OAuthError('overloaded', 'Too much is being sent at once: try again in a second.', {
    retryAfter: 1,
  })
}

function wrongEncoding(): OAuthError {
  return new OAuthError('wrong_content_type', 'Send the body as UTF-8, compressed with gzip or not at all.')
}

/** The codes that Node.js gives to compressed data that is broken or cut short, such as `Z_DATA_ERROR`. */
function isZlibError(error: Error & { readonly code?: unknown }): boolean {
  return typeof error.code === 'string' && error.code.startsWith('Z_')
}
