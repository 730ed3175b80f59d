import type { Middleware } from 'koa'
import type { StatusListSigner } from '../domain/status/status-list-token.ts'
import { answerWithEtag } from '../http/answer-with-etag.ts'
import { OAuthError } from '../oauth/error.ts'

/** What `mintId` makes: anything else is not worth a look into the database. */
const LIST_ID = /^sl_[\w-]{22}$/

/**
 * GET /status-lists/:id (Token Status List §8.1): the signed list, for anybody, to be asked about again each time; whoever
 * has it as it is gets 304.
 */
export function statusListEndpoint({ statusLists }: { readonly statusLists: StatusListSigner }): Middleware {
  return async (ctx) => {
    const id: unknown = ctx.params.id
    const token = typeof id === 'string' && LIST_ID.test(id) ? await statusLists.sign(id) : undefined
    if (!token)
      throw new OAuthError('not_found', 'There is no status list at this address, or no token of it is left.')

    ctx.set('cache-control', 'no-cache')
    ctx.type = 'application/statuslist+jwt'
    answerWithEtag(ctx, { etag: token.etag, body: token.jwt })
  }
}
