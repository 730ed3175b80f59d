import { describe, expect, it } from 'vitest'
import {
  extendTokensExpireAt,
  findAuthorization,
  findClientAuthorization,
  insertAuthorization,
  insertClientAuthorization,
  lastTokenExpiry,
} from '../src/domain/authorizations/authorization-store.ts'
import {
  consumeRefreshToken,
  findRefreshToken,
  insertRefreshToken,
} from '../src/domain/authorizations/refresh-token-store.ts'
import {
  revokeAuthorization,
  revokeAuthorizationsOf,
} from '../src/domain/authorizations/revoke-authorizations.ts'
import { consumeAssertion } from '../src/domain/clients/client-assertion-store.ts'
import { saveClient } from '../src/domain/clients/client-store.ts'
import { DATABASES, freshDatabase, replicasOfOneDatabase } from './support/databases.ts'
import { anAuthorization, aRefreshToken } from './support/records.ts'
import { aClient } from './support/rows.ts'

/** Later than 2038: an instant needs more than 32 bits. */
const NOW = 4_102_444_800

describe.each(DATABASES)('rows of authorizations in %s', (kind) => {
  it.each([
    anAuthorization(),
    anAuthorization({ authenticatedAt: undefined, refreshExpiresAt: undefined, scope: [] }),
    anAuthorization({ revoked: true, tokensExpireAt: NOW }),
  ])('come back as they were granted', async (authorization) => {
    const db = await freshDatabase(kind)

    await insertAuthorization(db, authorization, NOW)

    expect(await findAuthorization(db, 'az_one')).toEqual(authorization)
    expect(await findAuthorization(db, 'az_other')).toBeUndefined()
  })

  it('live as long as their longest token, until they end', async () => {
    const db = await freshDatabase(kind)
    await insertAuthorization(db, anAuthorization({ tokensExpireAt: 100 }), 1)

    const extended = [
      await extendTokensExpireAt(db, 'az_one', 300),
      await extendTokensExpireAt(db, 'az_one', 200),
    ]
    const expiry = (await findAuthorization(db, 'az_one'))?.tokensExpireAt
    const ended = await revokeAuthorization(db, 'az_one', 50)

    expect(extended).toEqual([true, true])
    expect(expiry).toBe(300)
    expect(ended).toBe(true)
    expect(await extendTokensExpireAt(db, 'az_one', 400)).toBe(false)
    expect(await extendTokensExpireAt(db, 'az_other', 400)).toBe(false)
    expect(await findAuthorization(db, 'az_one')).toMatchObject({ revoked: true, tokensExpireAt: 300 })
  })

  it('end by subject, by client and by audience, each once', async () => {
    const db = await freshDatabase(kind)
    const both = ['urn:a', 'urn:b']
    await insertAuthorization(db, anAuthorization({ id: 'az_1', subject: 'usr_1' }), 1)
    await insertAuthorization(db, anAuthorization({ id: 'az_2', clientId: 'other' }), 1)
    await insertAuthorization(db, anAuthorization({ id: 'az_3', audience: both }), 1)
    await insertAuthorization(db, anAuthorization({ id: 'az_4', audience: ['urn:A', 'urn:a:b'] }), 1)

    expect(await revokeAuthorizationsOf(db, { by: 'subject', value: 'usr_1' }, { now: 2 })).toBe(1)
    expect(await revokeAuthorizationsOf(db, { by: 'client', value: 'other' }, { now: 2 })).toBe(1)
    expect(await revokeAuthorizationsOf(db, { by: 'audience', value: 'urn:a' }, { now: 2 })).toBe(1)
    expect(await revokeAuthorizationsOf(db, { by: 'client', value: 'app' }, { now: 2 })).toBe(1)
    expect(await revokeAuthorizationsOf(db, { by: 'client', value: 'app' }, { now: 2 })).toBe(0)
  })

  it('tell when the last token of a user or client is over', async () => {
    const db = await freshDatabase(kind)
    await insertAuthorization(db, anAuthorization({ id: 'az_1', tokensExpireAt: NOW + 10 }), 1)
    await insertAuthorization(db, anAuthorization({ id: 'az_2', tokensExpireAt: NOW + 20 }), 1)

    expect(await lastTokenExpiry(db, { column: 'subject', value: 'usr_alice' }, NOW)).toBe(NOW + 20)
    expect(await lastTokenExpiry(db, { column: 'client_id', value: 'app' }, NOW + 20)).toBeUndefined()
  })

  it('stand once for a key, and make room when they end', async () => {
    const db = await freshDatabase(kind)
    const standing = { key: 'app urn:a', now: 1 }
    await saveClient(db, aClient(), { now: 1, demo: 0 })

    await insertClientAuthorization(db, anAuthorization({ id: 'az_1' }), standing)
    await insertClientAuthorization(db, anAuthorization({ id: 'az_2' }), standing)
    const first = await findClientAuthorization(db, 'app urn:a')
    await revokeAuthorization(db, 'az_1', 2)
    const none = await findClientAuthorization(db, 'app urn:a')
    await insertClientAuthorization(db, anAuthorization({ id: 'az_3' }), standing)

    expect([first?.authorization.id, none]).toEqual(['az_1', undefined])
    expect((await findClientAuthorization(db, 'app urn:a'))?.authorization.id).toBe('az_3')
    expect(await findAuthorization(db, 'az_2')).toBeUndefined()
  })
})

const TOKEN = aRefreshToken({ issuedAt: NOW, expiresAt: NOW + 10, predecessorHash: 'zero' })

describe.each(DATABASES)('rows of refresh tokens in %s', (kind) => {
  it.each(['encrypted', undefined])('remember what became of them', async (encryptedSuccessor) => {
    const db = await freshDatabase(kind)
    await insertRefreshToken(db, TOKEN)
    const consumed = { at: NOW + 5, successorHash: 'two', encryptedSuccessor }

    const before = await findRefreshToken(db, 'one')
    await consumeRefreshToken(db, 'one', consumed)

    expect(before).toEqual({ ...TOKEN, consumed: undefined })
    expect(await findRefreshToken(db, 'one')).toEqual({ ...TOKEN, consumed })
    expect(await findRefreshToken(db, 'two')).toBeUndefined()
  })

  it('are consumed by one of sixteen callers', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)
    await insertRefreshToken(replicas[0]!, TOKEN)

    const won = await Promise.all(
      Array.from({ length: 16 }, (_, caller) =>
        consumeRefreshToken(replicas[caller % 4]!, 'one', {
          at: NOW,
          successorHash: `${caller}`,
          encryptedSuccessor: undefined,
        }),
      ),
    )

    expect(won.filter((one) => one)).toHaveLength(1)
    expect((await findRefreshToken(replicas[0]!, 'one'))?.consumed?.successorHash).toBe(
      `${won.indexOf(true)}`,
    )
  })
})

describe.each(DATABASES)('rows of client assertions in %s', (kind) => {
  it('are remembered by one of sixteen callers, for each client', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)

    const fresh = await Promise.all(
      Array.from({ length: 16 }, (_, caller) =>
        consumeAssertion(replicas[caller % 4]!, { clientId: 'app', jti: 'j', expiresAt: NOW }),
      ),
    )

    expect(fresh.filter((one) => one)).toHaveLength(1)
    expect(await consumeAssertion(replicas[0]!, { clientId: 'other', jti: 'j', expiresAt: NOW })).toBe(true)
  })
})
