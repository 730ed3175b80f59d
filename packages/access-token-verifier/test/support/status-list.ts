import { deflateSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { CachedKeySet } from '../../src/issuer/cached-key-set.ts'
import { statusAt as statusIn } from '../../src/issuer/status-list.ts'
import { StatusLists, type StatusListsOptions } from '../../src/issuer/status-lists.ts'
import { signJws } from '../../src/token/signature.ts'
import { createFakeMonotonicClock, type FakeMonotonicClock } from './fake-monotonic-clock.ts'
import type { TestKey } from './signing-key.ts'
import { type Answer, openIssuer, type TestIssuer } from './test-issuer.ts'
import { NOW, type TokenChanges } from './token.ts'

/** Where the list of these tests lies. */
export const LIST = '/status-lists/one'

/** The claims of an ordinary list: index 3 is invalid, and it lives for five seconds. */
export function listClaims(uri: string): Readonly<Record<string, unknown>> {
  return { sub: uri, iat: NOW, exp: NOW + 3600, ttl: 5, status_list: listOf([0b1000]) }
}

/** The `status_list` of these bytes. */
export function listOf(bytes: readonly number[] | Uint8Array, bits = 1): object {
  return { bits, lst: deflateSync(Uint8Array.from(bytes)).toString('base64url') }
}

/** A status list token that is right in everything but the changes. */
export function aListToken(uri: string, key: TestKey, { header, claims }: TokenChanges = {}): string {
  const head = { alg: 'RS256', typ: 'statuslist+jwt', kid: key.kid, ...header }
  return signJws(head, { ...listClaims(uri), ...claims }, key.privateKey)
}

/** Answers with a status list token, under a tag when it has one. */
export function list(token: string, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response.writeHead(200, { 'content-type': 'application/statuslist+jwt', ...headers }).end(token)
}

/** A status source and the issuer it asks, on a monotonicClock and a clock that only the test moves. */
export interface StatusFixture {
  readonly issuer: TestIssuer
  readonly uri: string
  readonly keys: CachedKeySet
  readonly statuses: StatusLists
  readonly monotonicClock: FakeMonotonicClock
  readonly clock: { now: number }
  /** The issuer answers with this list from now on. */
  readonly publishList: (changes?: TokenChanges, headers?: Record<string, string>) => void
  /** The status at an index of the list. */
  readonly statusAt: (index: number) => Promise<number | undefined>
}

/** Sets a fixture: the issuer publishes an ordinary list, and nothing has been asked for. */
export async function openStatusFixture(
  key: TestKey,
  options: Partial<StatusListsOptions> = {},
): Promise<StatusFixture> {
  const issuer = await openIssuer([key])
  const monotonicClock = createFakeMonotonicClock()
  const clock = { now: NOW }
  const keys = new CachedKeySet({ issuer: issuer.url, keySetMaxStale: 86400, fetch, monotonicClock })
  const statuses = new StatusLists({
    issuer: issuer.url,
    keys,
    clockTolerance: 5,
    now: () => clock.now,
    fetch,
    monotonicClock,
    ...options,
  })
  onTestFinished(() => {
    statuses.close()
    keys.close()
  })
  const uri = issuer.url + LIST
  const publishList: StatusFixture['publishList'] = (changes, headers) =>
    issuer.answer(LIST, list(aListToken(uri, key, changes), headers))
  publishList()
  await keys.prepare()
  const statusAt = async (index: number) => statusIn((await statuses.find(uri)).statuses, index)
  return { issuer, uri, keys, statuses, monotonicClock, clock, publishList, statusAt }
}
