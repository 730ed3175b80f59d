import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '@countersign/shared'
import { onTestFinished } from 'vitest'
import { type AccessTokenVerifier, createAccessTokenVerifier } from '../../src/index.ts'
import { codeOf } from './cached-key-set.ts'
import { aKey } from './signing-key.ts'
import { aListToken, LIST, list, listOf } from './status-list.ts'
import { type Answer, openIssuer, slowly } from './test-issuer.ts'
import { aToken } from './token.ts'

const audience = 'https://api.example.com'
const key = aKey('one')
/** In seconds; the shortest there is. */
export const TTL = 1

/** An issuer, its list, tokens and verifiers, on real clocks and real sockets. */
export async function openRevocationFixture() {
  const issuer = await openIssuer([key])
  const uri = issuer.url + LIST
  let version = 0
  /** Publishes the list in which these indexes are revoked; conditional requests get what they ask for. */
  const publishList = (revoked: number, { lifetime = 3600, latency = 0 } = {}) => {
    const now = systemClock()
    const claims = { iat: now, exp: now + lifetime, ttl: TTL, status_list: listOf([revoked]) }
    const token = aListToken(uri, key, { claims })
    version += 1
    const etag = `"${version}"`
    const answer: Answer = (response, request) => {
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end()
      else list(token, { etag })(response, request)
    }
    issuer.answer(LIST, slowly(latency, answer))
  }
  const tokenAt = (idx: number) => {
    const now = systemClock()
    const status = { status_list: { uri, idx } }
    return aToken(issuer.url, key, { claims: { iat: now, exp: now + 600, status } })
  }
  const verifier = (): AccessTokenVerifier => {
    const made = createAccessTokenVerifier({ issuer: issuer.url, audience, clockTolerance: 0 })
    onTestFinished(() => made.close())
    return made
  }
  publishList(0)
  return { issuer, publishList, tokenAt, verifier }
}

/** Verifies every so often, until this is answered; says after how many seconds that was, and how many requests it took. */
export async function secondsUntil(
  code: string,
  { verifier, token, every }: { verifier: AccessTokenVerifier; token: string; every: number },
) {
  const start = performance.now()
  let slowest = 0
  for (let requests = 1; ; requests += 1) {
    const asked = performance.now()
    const answer = await codeOf(verifier.verify(token))
    slowest = Math.max(slowest, performance.now() - asked)
    if (answer === code) return { seconds: (performance.now() - start) / 1000, requests, slowest }
    await pause(every)
  }
}
