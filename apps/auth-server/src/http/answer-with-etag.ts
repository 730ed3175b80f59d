import type { Context } from 'koa'

/**
 * Answers with a body under an entity tag, or 304 to whoever has it (RFC 9110 §13.1.2). Koa's own `fresh` is not asked:
 * it counts `Cache-Control: no-cache` as "send it all", and every `fetch` adds that to a conditional request.
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
