import { createHash } from 'node:crypto'
import type { Seconds } from '@countersign/shared'
import type { Middleware } from 'koa'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import { answerWithEtag } from '../http/answer-with-etag.ts'

/** How long the key set may be used without asking again: five minutes, or less when keys rotate faster. */
const LONGEST_MAX_AGE = 300

export interface JwksEndpointDeps {
  readonly keyRing: KeyRing
  readonly keyPublishLead: Seconds
}

/** GET /.well-known/jwks.json (RFC 7517 §5): the public keys. A cache may keep them for a while, and for a day during an outage. */
export function jwksEndpoint({ keyRing, keyPublishLead }: JwksEndpointDeps): Middleware {
  // A new key is published a lead before it signs; a quarter of it leaves every cache time to ask more than once.
  const maxAge = Math.min(LONGEST_MAX_AGE, Math.floor(keyPublishLead / 4))

  return async (ctx) => {
    // Indented, because people read it in a browser.
    const body = JSON.stringify(await keyRing.currentKeySet(), undefined, 2)
    ctx.set('cache-control', `public, max-age=${maxAge}, stale-if-error=86400`)
    ctx.type = 'application/jwk-set+json'
    answerWithEtag(ctx, { etag: createHash('sha256').update(body).digest('base64url'), body })
  }
}
