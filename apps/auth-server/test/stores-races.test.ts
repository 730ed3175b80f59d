import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bootstrap } from '../src/bootstrap/bootstrap.ts'
import { readBootstrapFile } from '../src/bootstrap/bootstrap-file.ts'
import { insertFirstSigningKey, listSigningKeys } from '../src/domain/keys/key-store.ts'
import { PasswordHasher } from '../src/domain/users/password-hasher.ts'
import { findUserByName, insertUser } from '../src/domain/users/user-store.ts'
import type { Database } from '../src/storage/database.ts'
import { withLock } from '../src/storage/lock.ts'
import { appliedMigrations, migrate } from '../src/storage/migrate.ts'
import { DATABASES, emptyDatabase, openUntilFinished, replicasOfOneDatabase } from './support/databases.ts'
import { aSigningKey, aUser } from './support/records.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const passwordHasher = new PasswordHasher({ cost: 4, workers: 1 })
afterAll(() => passwordHasher.close())

const BOOTSTRAP = {
  resources: [{ audience: 'https://api.example.com', scope: 'profile' }],
  clients: [
    {
      client_id: 'app',
      public: true,
      grant_types: ['password'],
      scope: 'profile',
      audiences: ['https://api.example.com'],
    },
  ],
  users: [{ username: 'alice', password: 'a secret' }],
}

/** Runs something at once on four replicas, four times on each, and says how it went for every caller. */
async function race<T>(
  replicas: readonly Database[],
  run: (db: Database, caller: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: 16 }, (_, caller) => run(replicas[caller % replicas.length]!, caller)),
  )
}

describe.each(DATABASES)('on %s, of sixteen callers at once', (kind) => {
  it('one adds a user of a name', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)

    const added = await race(replicas, (db, caller) =>
      insertUser(db, aUser({ id: `usr_${caller}` }), { now: 1, demo: 0 }),
    )

    expect(added.filter((won) => won)).toHaveLength(1)
    expect((await findUserByName(replicas[0]!, 'alice'))?.id).toBe(`usr_${added.indexOf(true)}`)
  })

  it('one makes the first signing key', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)

    const added = await race(replicas, (db, caller) =>
      insertFirstSigningKey(db, aSigningKey({ kid: `key-${caller}` })),
    )

    expect(added.filter((won) => won)).toHaveLength(1)
    expect((await listSigningKeys(replicas[0]!)).map((key) => key.kid)).toEqual([
      `key-${added.indexOf(true)}`,
    ])
  })

  it('one applies the bootstrap file, and the others find it so', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)
    const path = join(temporaryFolder(), 'bootstrap.json')
    writeFileSync(path, JSON.stringify(BOOTSTRAP))
    const file = readBootstrapFile(path, { root: '/', env: {} })

    const changes = await race(replicas, (db) => bootstrap({ db, passwordHasher, now: () => 1 }, file))

    expect(changes.filter((list) => list.length > 0)).toEqual([
      ['resource https://api.example.com created', 'client app created', 'user alice created'],
    ])
  })

  it('one at a time holds a lock', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)
    let inside = 0
    const seen: number[] = []

    await race(replicas, (db) =>
      withLock(db, 'registration', async (transaction) => {
        seen.push(++inside)
        await transaction.selectFrom('users').selectAll().execute()
        inside--
      }),
    )

    expect(seen).toEqual(Array(16).fill(1))
  })

  it('all start on an empty database, which is migrated once', async () => {
    const location = await emptyDatabase(kind)
    const replicas = Array.from({ length: 16 }, () => openUntilFinished(location))

    await Promise.all(replicas.map((db) => migrate(db)))

    const applied = await appliedMigrations(replicas[0]!)
    expect(applied).toEqual([...new Set(applied)])
    expect(applied[0]).toBe('0001-initial')
  })
})
