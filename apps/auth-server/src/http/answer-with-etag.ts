import type { Context } from 'koa'

/**
 * Answers with a body and its entity tag, or with 304 when the client has that body (RFC 9110 §13.1.2). Koa's `ctx.fresh`
 * is not used: it takes `Cache-Control: no-cache` for a wish to have the body again, and every `fetch` adds that to a
 * conditional request.
 */
export function answerWithEtag(
  ctx: Context,
  document: { readonly etag: string; readonly body: string },
): void {
  ctx.status = 200
  ctx.etag = document.etag
  const known = ctx
    .get('if-none-match')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))

  if (known.includes(`"${document.etag}"`) || known.includes('*')) {
    ctx.status = 304
    return
  }
  ctx.body = document.body
}
