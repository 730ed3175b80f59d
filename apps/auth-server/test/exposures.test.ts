import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { databaseUrl } from '../src/config/database-url.ts'
import { secretBesideDatabase } from '../src/config/key-encryption-secret.ts'
import { openDatabase } from '../src/storage/database.ts'
import { exposuresOf } from '../src/storage/exposures.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

async function made() {
  const folder = join(temporaryFolder(), 'data')
  const location = { kind: 'sqlite', path: join(folder, 'auth.db') } as const
  secretBesideDatabase(location)
  await openDatabase(location).destroy()
  return { folder, location }
}

describe('a SQLite database', () => {
  it('is open to nobody but its owner, as it is made', async () => {
    const { location } = await made()

    expect(exposuresOf(location)).toEqual([])
    expect(exposuresOf({ kind: 'memory' })).toEqual([])
  })

  it.each([0o640, 0o604, 0o660, 0o644])(
    'says when others may reach it or its secret: mode %o',
    async (mode) => {
      const { location } = await made()
      chmodSync(location.path, mode)
      chmodSync(`${location.path}.secret`, mode)

      expect(exposuresOf(location)).toEqual([
        `The file ${location.path}.secret opens the key-encryption secret to others than its owner: chmod 600 ${location.path}.secret`,
        `The file ${location.path} opens the database, with its password hashes, to others than its owner: chmod 600 ${location.path}`,
      ])
    },
  )

  it('says when its next secret is open, or its folder to everybody', async () => {
    const { folder, location } = await made()
    writeFileSync(`${location.path}.secret.next`, '', { mode: 0o644 })
    chmodSync(folder, 0o777)

    expect(exposuresOf(location)).toEqual([
      `The file ${location.path}.secret.next opens the next key-encryption secret to others than its owner: chmod 600 ${location.path}.secret.next`,
      `The folder ${folder} may be written to by everybody, who could replace the database: chmod 700 ${folder}`,
    ])
  })

  it('may be in a folder of everybody’s where nobody may replace another’s file', () => {
    const folder = join(temporaryFolder(), 'tmp')
    mkdirSync(folder)
    chmodSync(folder, 0o1777)

    expect(exposuresOf({ kind: 'sqlite', path: join(folder, 'auth.db') })).toEqual([])
  })
})

describe('a PostgreSQL database', () => {
  it('says when a plain connection leaves this machine', () => {
    expect(exposuresOf(databaseUrl.parse('postgres://auth:hunter2@db/auth?sslmode=disable'))).toEqual([
      'AUTH_DATABASE_URL has sslmode=disable: everything in the database goes to db for anybody on the way to read and to change. Use sslmode=require.',
    ])
  })

  it.each([
    'postgres://auth@localhost/auth?sslmode=disable',
    'postgres://auth@%2Fvar%2Frun/auth?sslmode=disable',
    'postgres://auth@db/auth',
  ])('says nothing of %s', (url) => {
    expect(exposuresOf(databaseUrl.parse(url))).toEqual([])
  })
})
