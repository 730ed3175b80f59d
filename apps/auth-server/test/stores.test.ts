import { describe, expect, it } from 'vitest'
import type { ClientAuthentication } from '../src/domain/clients/client.ts'
import {
  enableClient,
  findClient,
  findClientRecord,
  insertClient,
  listClientRecords,
  listDemoClients,
  markClientDisabled,
  removeDisabledClient,
  saveClient,
  updateClient,
} from '../src/domain/clients/client-store.ts'
import { insertFirstSigningKey, listSigningKeys } from '../src/domain/keys/key-store.ts'
import {
  findResources,
  listDemoResources,
  listResources,
  removeIntrospector,
  removeResource,
  saveResource,
  updateResource,
} from '../src/domain/resources/resource-store.ts'
import {
  enableUser,
  findUser,
  findUserByName,
  findUserRecord,
  insertUser,
  listDemoUsers,
  listUsers,
  markUserDisabled,
  removeDisabledUser,
  setPasswordHash,
  updateUserDescription,
  upgradePasswordHash,
} from '../src/domain/users/user-store.ts'
import { DATABASES, freshDatabase } from './support/databases.ts'
import { aResource, aSigningKey, aUser } from './support/records.ts'
import { aClient } from './support/rows.ts'

/** Later than 2038: an instant needs more than 32 bits. */
const NOW = 4_102_444_800

describe.each(DATABASES)('rows of resources in %s', (kind) => {
  it('are found by their audience, and listed by it', async () => {
    const db = await freshDatabase(kind)
    const [one, other] = [aResource({ audience: 'urn:b', scope: [] }), aResource({ audience: 'urn:a' })]
    await saveResource(db, one, { demo: 0 })
    await saveResource(db, other, { demo: 1 })

    expect(await findResources(db, ['urn:b', 'urn:c'])).toEqual([one])
    expect(await findResources(db, [])).toEqual([])
    expect(await listResources(db)).toEqual([other, one])
    expect(await listDemoResources(db)).toEqual(['urn:a'])
  })

  it('keep what their scope values mean', async () => {
    const db = await freshDatabase(kind)
    const described = aResource({ descriptions: { profile: 'Read your "name" \u{1f600}' } })
    await saveResource(db, described, { demo: 0 })
    await saveResource(db, aResource({ audience: 'urn:damaged' }), { demo: 0 })
    await db
      .updateTable('resources')
      .set({ descriptions: 'no JSON' })
      .where('audience', '=', 'urn:damaged')
      .execute()

    expect(await findResources(db, [described.audience])).toEqual([described])
    expect(await findResources(db, ['urn:damaged'])).toEqual([aResource({ audience: 'urn:damaged' })])
  })

  it('are made equal to what is saved', async () => {
    const db = await freshDatabase(kind)
    await saveResource(db, aResource(), { demo: 1 })

    await saveResource(
      db,
      aResource({ scope: ['orders'], introspectors: ['app', 'api'], tokenType: 'at+jwt' as const }),
      { demo: 0 },
    )

    expect(await listResources(db)).toEqual([
      aResource({ scope: ['orders'], introspectors: ['app', 'api'], tokenType: 'at+jwt' as const }),
    ])
    expect(await listDemoResources(db)).toEqual([])
  })

  it('change by scope and by introspector, and go', async () => {
    const db = await freshDatabase(kind)
    await saveResource(db, aResource({ introspectors: ['app', 'api'], tokenType: 'at+jwt' as const }), {
      demo: 0,
    })

    await updateResource(
      db,
      aResource({
        scope: ['orders', 'profile'],
        introspectors: ['app', 'api'],
        tokenType: 'at+jwt' as const,
      }),
    )
    await removeIntrospector(db, 'app')
    const changed = await listResources(db)
    await removeResource(db, aResource().audience)

    expect(changed).toEqual([
      aResource({ scope: ['orders', 'profile'], introspectors: ['api'], tokenType: 'at+jwt' as const }),
    ])
    expect(await listResources(db)).toEqual([])
  })
})

describe.each(DATABASES)('rows of clients in %s', (kind) => {
  it.each<ClientAuthentication>([
    { kind: 'none' },
    { kind: 'secret', hash: 'h' },
    { kind: 'secret', hash: 'h', previous: { hash: 'p', until: NOW } },
    { kind: 'keys', jwks: { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] } },
  ])('come back as they were saved: $kind', async (authentication) => {
    const db = await freshDatabase(kind)

    await saveClient(db, aClient({ authentication }), { now: NOW, demo: 0 })

    expect(await findClient(db, 'app')).toEqual(aClient({ authentication }))
    expect(await findClientRecord(db, 'app')).toEqual({
      client: aClient({ authentication }),
      disabled: false,
      createdAt: NOW,
    })
  })

  it('keep what signing in needs, and lose it with an update', async () => {
    const db = await freshDatabase(kind)
    const client = aClient({
      name: 'Häuser & Söhne',
      logoUri: 'https://app.example/logo.svg',
      redirectUris: ['https://app.example/cb', 'com.example.app:/cb'],
      postLogoutRedirectUris: ['https://app.example/'],
      backchannelLogoutUri: 'https://app.example/logout',
      firstParty: true,
    })

    await insertClient(db, client, { now: NOW, demo: 0 })
    const added = await findClient(db, 'app')
    await updateClient(db, aClient())

    expect(added).toEqual(client)
    expect(await findClient(db, 'app')).toEqual(aClient())
  })

  it('are added once', async () => {
    const db = await freshDatabase(kind)

    const first = await insertClient(db, aClient(), { now: NOW, demo: 0 })
    const second = await insertClient(db, aClient({ scope: [] }), { now: NOW + 1, demo: 1 })

    expect([first, second]).toEqual([true, false])
    expect(await listClientRecords(db)).toEqual([{ client: aClient(), disabled: false, createdAt: NOW }])
  })

  it('are not found while disabled, not even after they are saved again', async () => {
    const db = await freshDatabase(kind)
    await saveClient(db, aClient(), { now: NOW, demo: 1 })

    await markClientDisabled(db, 'app', NOW)
    await saveClient(db, aClient({ scope: [] }), { now: NOW, demo: 1 })
    const disabled = [await findClient(db, 'app'), (await findClientRecord(db, 'app'))?.disabled]
    await enableClient(db, 'app')

    expect(disabled).toEqual([undefined, true])
    expect(await findClient(db, 'app')).toEqual(aClient({ scope: [] }))
    expect(await listDemoClients(db)).toEqual(['app'])
  })

  it('are gone once removed', async () => {
    const db = await freshDatabase(kind)
    await saveClient(db, aClient(), { now: NOW, demo: 1 })

    const tooEarly = await removeDisabledClient(db, 'app')
    await markClientDisabled(db, 'app', NOW)
    const removed = await removeDisabledClient(db, 'app')

    expect([tooEarly, removed]).toEqual([false, true])
    expect([await findClient(db, 'app'), await findClientRecord(db, 'app')]).toEqual([undefined, undefined])
    expect(await listDemoClients(db)).toEqual([])
  })
})

describe.each(DATABASES)('rows of users in %s', (kind) => {
  it('are found by name, to the letter, and by id', async () => {
    const db = await freshDatabase(kind)
    const zoe = aUser({ id: 'usr_zoe', username: 'Zoë 🐇', fullName: undefined })

    const added = await insertUser(db, zoe, { now: NOW, demo: 1 })

    expect(added).toBe(true)
    expect(await findUserByName(db, 'Zoë 🐇')).toEqual(zoe)
    expect(await findUserByName(db, 'zoë 🐇')).toBeUndefined()
    expect(await findUser(db, 'usr_zoe')).toEqual(zoe)
    expect(await findUser(db, 'usr_nobody')).toBeUndefined()
    expect(await findUserRecord(db, 'Zoë 🐇')).toEqual({ user: zoe, createdAt: NOW })
    expect(await findUserRecord(db, 'nobody')).toBeUndefined()
    expect(await listDemoUsers(db)).toEqual(['Zoë 🐇'])
  })

  it('are added once for each name, and listed by it', async () => {
    const db = await freshDatabase(kind)
    await insertUser(db, aUser({ id: 'usr_bob', username: 'bob' }), { now: NOW, demo: 0 })
    await insertUser(db, aUser(), { now: NOW, demo: 0 })

    const again = await insertUser(db, aUser({ id: 'usr_other', fullName: 'Other' }), { now: NOW, demo: 0 })

    expect(again).toBe(false)
    expect((await listUsers(db)).map(({ user }) => user.id)).toEqual(['usr_alice', 'usr_bob'])
  })

  it('keep what is said of them, and when that last changed', async () => {
    const db = await freshDatabase(kind)
    const said = {
      claims: { given_name: 'Алиса', email_verified: true, address: { country: 'NL' } },
      roles: ['admin', 'a role with spaces'],
      groups: ['staff'],
    }
    await insertUser(db, aUser(said), { now: NOW, demo: 0 })
    const added = await findUser(db, 'usr_alice')
    const changed = aUser({ username: 'bob', roles: [], updatedAt: NOW + 1 })

    expect(await updateUserDescription(db, 'usr_alice', changed)).toBe(true)
    expect(await updateUserDescription(db, 'usr_nobody', changed)).toBe(false)

    expect(added).toEqual(aUser(said))
    expect(await findUser(db, 'usr_alice')).toEqual(changed)
  })

  it('say nothing that is none of theirs, whatever the columns hold', async () => {
    const db = await freshDatabase(kind)
    await insertUser(db, aUser(), { now: NOW, demo: 0 })
    const columns = {
      claims: '{"sub":"x","email":1,"nickname":"al"}',
      roles: 'no JSON',
      groups: '[1,"staff"]',
    }
    await db
      .updateTable('users')
      .set({ ...columns, claims_updated_at: null })
      .execute()

    expect(await findUser(db, 'usr_alice')).toEqual(
      aUser({ claims: { nickname: 'al' }, groups: ['staff'], updatedAt: NOW }),
    )
  })

  it('keep a password hash that changed while a better one was made', async () => {
    const db = await freshDatabase(kind)
    await insertUser(db, aUser({ passwordHash: 'one' }), { now: NOW, demo: 0 })

    await upgradePasswordHash(db, 'usr_alice', { from: 'one', to: 'two' })
    await upgradePasswordHash(db, 'usr_alice', { from: 'one', to: 'three' })
    const upgraded = await findUser(db, 'usr_alice')
    await setPasswordHash(db, 'usr_alice', 'four')

    expect(upgraded?.passwordHash).toBe('two')
    expect((await findUser(db, 'usr_alice'))?.passwordHash).toBe('four')
  })

  it('are disabled and enabled, and gone once removed', async () => {
    const db = await freshDatabase(kind)
    await insertUser(db, aUser({ disabled: true }), { now: NOW, demo: 0 })
    const disabled: (boolean | undefined)[] = []

    disabled.push((await findUser(db, 'usr_alice'))?.disabled)
    await enableUser(db, 'usr_alice')
    disabled.push((await findUser(db, 'usr_alice'))?.disabled)
    await markUserDisabled(db, 'usr_alice', NOW)
    disabled.push((await findUser(db, 'usr_alice'))?.disabled)
    await removeDisabledUser(db, 'usr_alice')

    expect(disabled).toEqual([true, false, true])
    expect(await listUsers(db)).toEqual([])
  })
})

describe.each(DATABASES)('rows of signing keys in %s', (kind) => {
  it('come back as they were inserted, instants as numbers', async () => {
    const db = await freshDatabase(kind)
    const key = aSigningKey({ publishedAt: NOW, activatedAt: undefined, tokensExpireAt: NOW + 1800 })

    await insertFirstSigningKey(db, key)

    expect(await listSigningKeys(db)).toEqual([key])
  })

  it('have one first', async () => {
    const db = await freshDatabase(kind)

    const first = await insertFirstSigningKey(db, aSigningKey({ kid: 'one' }))
    const second = await insertFirstSigningKey(db, aSigningKey({ kid: 'two' }))

    expect([first, second]).toEqual([true, false])
    expect((await listSigningKeys(db)).map((key) => key.kid)).toEqual(['one'])
  })
})
