import { type Compilable, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Database } from '../src/storage/database.ts'
import { isPostgres } from '../src/storage/postgres-dialect.ts'
import { DATABASES, freshDatabase } from './support/databases.ts'

/** What requests look for, row by row: each by an index, or it slows down as the tables grow. A new one is a new line. */
const HOT_LOOKUPS: Readonly<Record<string, (db: Database) => Compilable>> = {
  'a user by name': (db) => db.selectFrom('users').selectAll().where('username', '=', 'alice'),
  'a user by id': (db) => db.selectFrom('users').selectAll().where('id', '=', 'usr_1'),
  'a client by id': (db) =>
    db.selectFrom('clients').selectAll().where('id', '=', 'app').where('disabled_at', 'is', null),
  'a resource by its audience': (db) =>
    db.selectFrom('resources').selectAll().where('audience', '=', 'urn:a'),
  'a familiar network': (db) =>
    db
      .selectFrom('familiar_networks')
      .select('seen_at')
      .where('subject_hash', '=', 'one')
      .where('slot', '=', 1)
      .where('network_hash', '=', 'two'),
  'familiar networks to forget': (db) =>
    db.selectFrom('familiar_networks').select('slot').where('seen_at', '<', 1).orderBy('seen_at').limit(5),
  'a signing key by kid': (db) => db.selectFrom('signing_keys').selectAll().where('kid', '=', 'key'),
  'an authorization by id': (db) => db.selectFrom('authorizations').selectAll().where('id', '=', 'az_1'),
  'a client authorization': (db) =>
    db.selectFrom('authorizations').selectAll().where('standing_for', '=', 'app'),
  'authorizations by subject': (db) =>
    db.selectFrom('authorizations').selectAll().where('subject', '=', 'usr_1'),
  'authorizations by client': (db) =>
    db.selectFrom('authorizations').selectAll().where('client_id', '=', 'app'),
  'a refresh token by its hash': (db) =>
    db.selectFrom('refresh_tokens').selectAll().where('hash', '=', 'one'),
  'the chains of an authorization': (db) =>
    db
      .selectFrom('refresh_tokens')
      .select('chain_key')
      .distinct()
      .where('authorization_id', '=', 'az_1')
      .where('chain_key', 'is not', null),
  'refresh tokens of forgotten authorizations': (db) =>
    db.selectFrom('refresh_tokens').select('hash').where('authorization_id', 'in', ['az_1', 'az_2']),
  'what a client and a user used least recently': (db) =>
    db
      .selectFrom('authorizations')
      .select(['id', 'tokens_expire_at'])
      .where('subject', '=', 'usr_1')
      .where('client_id', '=', 'app')
      .where('ended_at', 'is', null)
      .where('refresh_expires_at', 'is not', null)
      .orderBy('tokens_expire_at', 'desc')
      .limit(20)
      .offset(100),
  'what a client itself used least recently': (db) =>
    db
      .selectFrom('authorizations')
      .select(['id', 'tokens_expire_at'])
      .where('subject', '=', 'usr_1')
      .where('client_id', '=', 'app')
      .where('ended_at', 'is', null)
      .where('standing_for', 'is not', null)
      .orderBy('tokens_expire_at', 'desc')
      .limit(20)
      .offset(100),
  'a page of what a client holds': (db) =>
    db
      .selectFrom('authorizations')
      .select('ended_at')
      .where('client_id', '=', 'app')
      .where(sql<string>`${sql.raw(isPostgres(db) ? 'id' : 'rowid')}`, '>', '1')
      .limit(5),
  'a status list by id': (db) => db.selectFrom('status_lists').selectAll().where('id', '=', 'sl_1'),
  'the current status list': (db) => db.selectFrom('status_lists').selectAll().where('is_current', '=', 1),
  'the ended bits of a status list': (db) =>
    db
      .selectFrom('authorizations')
      .select('status_index')
      .where('status_list', '=', 'sl_1')
      .where('ended_at', 'is not', null),
  'refresh tokens to forget': (db) =>
    db.selectFrom('refresh_tokens').select('hash').where('expires_at', '<', 1).orderBy('expires_at').limit(5),
  'authorizations to forget': (db) =>
    db
      .selectFrom('authorizations')
      .select('id')
      .where('remembered_until', '<', 1)
      .orderBy('remembered_until')
      .limit(5),
  'a client assertion': (db) =>
    db.selectFrom('client_assertions').selectAll().where('client_id', '=', 'app').where('jti', '=', 'j'),
}

/** How the database would find the rows, in its own words. */
async function planOf(db: Database, kind: (typeof DATABASES)[number], lookup: Compilable): Promise<string> {
  const { sql: text, parameters } = lookup.compile()
  const statement = { sql: `explain ${kind === 'SQLite' ? 'query plan ' : ''}${text}`, parameters }
  const { rows } = await db.executeQuery<Record<string, unknown>>({ ...lookup.compile(), ...statement })
  return rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n')
}

describe.each(DATABASES)('%s finds by an index', (kind) => {
  it.each(Object.entries(HOT_LOOKUPS))('%s', async (_name, lookup) => {
    const db = await freshDatabase(kind)
    // Tables this small are read whole, and rightly so: what is asked here is whether there is another way.
    if (kind === 'PostgreSQL') await sql`set enable_seqscan = off`.execute(db)

    const plan = await planOf(db, kind, lookup(db))

    expect(plan).toMatch(kind === 'SQLite' ? /^SEARCH .* USING .*INDEX/ : /Index Cond:/)
    expect(plan).not.toMatch(/Seq Scan|^SCAN/m)
  })
})
