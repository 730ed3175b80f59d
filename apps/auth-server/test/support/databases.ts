import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Client } from 'pg'
import { inject, onTestFinished } from 'vitest'
import { databaseUrl } from '../../src/config/database-url.ts'
import { type Database, type DatabaseLocation, openDatabase } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrate.ts'
import type { PostgresLocation } from '../../src/storage/postgres-location.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The databases a server runs on: whatever touches rows is tested on each. */
export const DATABASES = ['SQLite', 'PostgreSQL'] as const

export type DatabaseKind = (typeof DATABASES)[number]

/** The place of an empty database of the test's own, gone when it is over. */
export async function emptyDatabase(kind: DatabaseKind): Promise<DatabaseLocation> {
  if (kind === 'SQLite') return { kind: 'sqlite', path: join(temporaryFolder(), 'auth.db') }

  const name = `test_${randomBytes(6).toString('hex')}`
  await administrate(`create database ${name}`)
  onTestFinished(() => administrate(`drop database ${name} with (force)`))
  return databaseUrl.parse(`${inject('postgresUrl')}${name}?pool_max=4`)
}

/** The same in PostgreSQL, spoken to in a way of its own. */
export async function emptyPostgres(differences: Partial<PostgresLocation> = {}): Promise<PostgresLocation> {
  const location = await emptyDatabase('PostgreSQL')
  if (location.kind !== 'postgres') throw new Error('the shared cluster is not PostgreSQL')
  return { ...location, ...differences }
}

/** Opens a database until the test is over. */
export function openUntilFinished(location: DatabaseLocation): Database {
  const db = openDatabase(location)
  onTestFinished(() => db.destroy())
  return db
}

/** A migrated database of the test's own. */
export async function freshDatabase(kind: DatabaseKind): Promise<Database> {
  const db = openUntilFinished(await emptyDatabase(kind))
  await migrate(db)
  return db
}

/** The same database opened several times, as so many replicas would. */
export async function replicasOfOneDatabase(kind: DatabaseKind, count: number): Promise<readonly Database[]> {
  const location = await emptyDatabase(kind)
  const [first, ...others] = Array.from({ length: count }, () => openUntilFinished(location))
  await migrate(first!)
  return [first!, ...others]
}

async function administrate(statement: string): Promise<void> {
  const client = new Client({ connectionString: `${inject('postgresUrl')}postgres` })
  await client.connect()
  await client.query(statement)
  await client.end()
}
