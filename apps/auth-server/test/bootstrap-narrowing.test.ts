import { describe, expect, it } from 'vitest'
import { bootstrap } from '../src/bootstrap/bootstrap.ts'
import type { BootstrapFile } from '../src/bootstrap/bootstrap-file.ts'
import {
  extendTokensExpireAt,
  findAuthorization,
  insertAuthorization,
} from '../src/domain/authorizations/authorization-store.ts'
import { finishNarrowings } from '../src/domain/authorizations/finish-narrowings.ts'
import { insertNarrowing, listNarrowings } from '../src/domain/authorizations/narrowing-store.ts'
import { findClientRecord, updateClient } from '../src/domain/clients/client-store.ts'
import { PasswordHasher } from '../src/domain/users/password-hasher.ts'
import type { Database } from '../src/storage/database.ts'
import { DATABASES, type DatabaseKind, freshDatabase, replicasOfOneDatabase } from './support/databases.ts'
import { anAuthorization } from './support/records.ts'
import { runInto } from './support/rivals.ts'
import { AUDIENCE } from './support/test-server.ts'

const OTHER_AUDIENCE = 'https://other.example.com'
const NOW = 1_000
const RESOURCE: Omit<BootstrapFile['resources'][number], 'audience'> = {
  scope: ['profile', 'orders'],
  introspectors: [],
  token_type: 'at+jwt',
  descriptions: {},
}
const CLIENT: BootstrapFile['clients'][number] = {
  client_id: 'app',
  client_secret: 'x'.repeat(32),
  grant_types: ['password', 'refresh_token', 'client_credentials'],
  scope: ['profile', 'orders'],
  audiences: [AUDIENCE, OTHER_AUDIENCE],
  redirect_uris: [],
  post_logout_redirect_uris: [],
  first_party: false,
}

function fileOf(
  client: Partial<BootstrapFile['clients'][number]> = {},
  resource: Partial<BootstrapFile['resources'][number]> = {},
): BootstrapFile {
  return {
    users: [],
    clients: [{ ...CLIENT, ...client }],
    resources: [
      { audience: AUDIENCE, ...RESOURCE, ...resource },
      { audience: OTHER_AUDIENCE, ...RESOURCE },
    ],
  }
}

function apply(db: Database, file: BootstrapFile): Promise<readonly string[]> {
  return bootstrap({ db, passwordHasher: new PasswordHasher({ cost: 4, workers: 1 }), now: () => NOW }, file)
}

/** A database the whole file was applied to, with an authorization of every sort. */
async function start(kind: DatabaseKind): Promise<Database> {
  const db = await freshDatabase(kind)
  await apply(db, fileOf())
  const own = { subject: 'app', scope: [], authenticatedAt: undefined, refreshExpiresAt: undefined }
  const all = [
    anAuthorization({ id: 'az_profile', scope: ['profile'], refreshExpiresAt: undefined }),
    anAuthorization({ id: 'az_orders', scope: ['profile', 'orders'], refreshExpiresAt: undefined }),
    anAuthorization({ id: 'az_other', audience: [OTHER_AUDIENCE], refreshExpiresAt: undefined }),
    anAuthorization({ id: 'az_refreshing' }),
    anAuthorization({ id: 'az_own', ...own }),
    anAuthorization({ id: 'az_own_other', ...own, audience: [OTHER_AUDIENCE] }),
    anAuthorization({ id: 'az_elsewhere', clientId: 'elsewhere', scope: ['profile'] }),
  ]
  for (const authorization of all) await insertAuthorization(db, authorization, NOW)
  return db
}

async function revokedIn(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('authorizations').select(['id', 'ended_at']).orderBy('id').execute()
  return rows.filter((row) => row.ended_at !== null).map((row) => row.id)
}

describe.each(DATABASES)('a bootstrap file that takes something away, on %s', (kind) => {
  it.each([
    [
      'a scope value of a client',
      fileOf({ scope: ['profile'] }),
      ['az_orders', 'az_own', 'az_own_other'],
      [
        'client app updated',
        '2 client authorizations revoked',
        'client app narrowed: 1 authorization revoked',
      ],
    ],
    [
      'an audience of a client',
      fileOf({ audiences: [AUDIENCE] }),
      ['az_other', 'az_own_other'],
      ['client app updated', 'client app narrowed: 2 authorizations revoked'],
    ],
    [
      'the grant refresh_token',
      fileOf({ grant_types: ['password', 'client_credentials'] }),
      ['az_refreshing'],
      ['client app updated', 'client app narrowed: 1 authorization revoked'],
    ],
    [
      'the grant client_credentials',
      fileOf({ grant_types: ['password', 'refresh_token'] }),
      ['az_own', 'az_own_other'],
      ['client app updated', 'client app narrowed: 2 authorizations revoked'],
    ],
    [
      'a scope value of a resource',
      fileOf({}, { scope: ['profile'] }),
      ['az_orders', 'az_own'],
      [
        `resource ${AUDIENCE} updated`,
        '1 client authorization revoked',
        `resource ${AUDIENCE} narrowed: 1 authorization revoked`,
      ],
    ],
  ])('revokes what carries it: %s', async (_what, file, revoked, sentences) => {
    const db = await start(kind)

    const changes = await apply(db, file)

    expect(changes).toEqual(sentences)
    expect(await revokedIn(db)).toEqual(revoked)
    expect(await listNarrowings(db)).toEqual([])
    expect(await apply(db, file)).toEqual([])
  })

  it('revokes nothing where it gives something, or takes only the grant by which users signed in', async () => {
    const db = await start(kind)

    const wider = await apply(
      db,
      fileOf({ scope: ['profile', 'orders', 'phone'] }, { scope: ['profile', 'orders', 'phone'] }),
    )
    const without = await apply(db, fileOf({ grant_types: ['refresh_token', 'client_credentials'] }))

    expect(wider).toEqual([`resource ${AUDIENCE} updated`, 'client app updated'])
    expect(without).not.toContainEqual(expect.stringContaining('password'))
    expect((await findAuthorization(db, 'az_profile'))?.revoked).toBe(false)
    expect((await findAuthorization(db, 'az_refreshing'))?.revoked).toBe(false)
  })

  it('goes on at the next start where it was interrupted', async () => {
    const db = await start(kind)
    await apply(db, fileOf({ scope: ['profile'] }))
    // As a start leaves it that is stopped between the change and the last of the revocations.
    await insertAuthorization(db, anAuthorization({ id: 'az_left', scope: ['orders'] }), NOW)
    await insertNarrowing(db, { kind: 'client', name: 'app' })

    const changes = await apply(db, fileOf({ scope: ['profile'] }))

    expect(changes).toEqual(['client app narrowed: 1 authorization revoked'])
    expect((await findAuthorization(db, 'az_left'))?.revoked).toBe(true)
    expect(await listNarrowings(db)).toEqual([])
  })

  it('is not forgotten by a start that read what it was, while another takes away more', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    await apply(db!, fileOf())
    await apply(db!, fileOf({ scope: ['profile'] }))
    await insertAuthorization(db!, anAuthorization({ id: 'az_orders', scope: ['orders'] }), NOW)
    await insertAuthorization(db!, anAuthorization({ id: 'az_profile', scope: ['profile'] }), NOW)
    await insertNarrowing(db!, { kind: 'client', name: 'app' })

    // As a start does that is stopped right after its transaction, which has locked what the first has to revoke.
    const finished = await runInto(
      db!,
      async (transaction) => {
        const { client } = (await findClientRecord(transaction, 'app'))!
        await updateClient(transaction, { ...client, scope: [] })
        await insertNarrowing(transaction, { kind: 'client', name: 'app' })
        await extendTokensExpireAt(transaction, 'az_orders', NOW + 60)
      },
      () => finishNarrowings(other!, { now: NOW }),
    )

    expect(finished).toEqual([{ kind: 'client', name: 'app', revoked: 2 }])
    expect(await revokedIn(db!)).toEqual(['az_orders', 'az_profile'])
    expect(await listNarrowings(db!)).toEqual([])
  })

  it('revokes everything for the resource of an earlier demo that it removes', async () => {
    const db = await freshDatabase(kind)
    const earlier = 'http://127.0.0.1:9001'
    const demo = (audience: string): BootstrapFile => ({
      ...fileOf({ audiences: [audience] }),
      demo: true,
      resources: [{ audience, ...RESOURCE }],
    })
    await apply(db, demo(earlier))
    await insertAuthorization(db, anAuthorization({ audience: [earlier] }), NOW)

    const changes = await apply(db, demo(AUDIENCE))

    expect(changes).toContain(`resource ${earlier} of an earlier demo removed`)
    expect(changes).toContain('client app narrowed: 1 authorization revoked')
    expect((await findAuthorization(db, 'az_one'))?.revoked).toBe(true)
  })
})
