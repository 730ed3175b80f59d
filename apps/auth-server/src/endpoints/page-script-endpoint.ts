import type { Middleware } from 'koa'
import { PAGE_SCRIPT } from '../http/pages/page-script.ts'
import { OAuthError } from '../oauth/error.ts'

/** GET /page-script/{version}: the script of the pages. Another version of the server may have had another one. */
export function pageScriptEndpoint(): Middleware {
  return (ctx) => {
    if (ctx.params.version !== PAGE_SCRIPT.version) {
      throw new OAuthError('not_found', 'There is nothing at this address.')
    }
    ctx.set({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
    ctx.body = PAGE_SCRIPT.text
  }
}
