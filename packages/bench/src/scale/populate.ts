import { closeSync, fsyncSync, openSync } from 'node:fs'
import { type Database, openDatabase } from '@countersign/auth-server/database'
import { databaseUrl } from '@countersign/auth-server/database-url'
import { migrate } from '@countersign/auth-server/migrate'
import { STATUS_LIST_CAPACITY } from '@countersign/auth-server/status-list'
import { systemClock } from '@countersign/shared'
import { type RawBuilder, sql } from 'kysely'
import { AUDIENCE, PUBLIC_CLIENT } from '../servers/auth-server.ts'

/**
 * The password of every user, and its bcrypt hash at cost 4. That is so cheap that the database's part of a sign-in is
 * visible.
 */
const PASSWORD = {
  text: 'secret',
  hash: '$2b$04$2fibrEvyA2gvgJRbOyMGd.yP5rTS0xUfgDUPqRsFTz7yMh/jwxOj2',
} as const

/** Each authorization lasts for a month. */
const LIFETIME_SECONDS = 30 * 86_400

/** The form for a user's sign-in. */
export function signInForm(index: number): string {
  return new URLSearchParams({
    grant_type: 'password',
    username: `user-${index}`,
    password: PASSWORD.text,
  }).toString()
}

/**
 * Fills an empty database with the given number of users, an authorization for each user and a refresh token for each
 * authorization. One in a hundred has ended. It uses bulk SQL through the schema of the stores. Ids are scattered, as
 * random ones are.
 */
export async function populate(
  url: string,
  count: number,
  { clientId }: { readonly clientId: string } = { clientId: PUBLIC_CLIENT },
): Promise<void> {
  // A bulk insert takes longer than the timeout of a statement of the server.
  const location = databaseUrl.parse(url.startsWith('postgres:') ? `${url}?statement_timeout=0s` : url)
  const db = openDatabase(location)
  try {
    await migrate(db)
    // Half a gigabyte. Ids are scattered, so nearly every page is used again and again.
    if (location.kind === 'sqlite') await sql`pragma cache_size = -500000`.execute(db)
    const words = location.kind === 'postgres' ? POSTGRES : SQLITE
    // Nothing important is lost when the machine stops in the middle.
    await words.hurry.execute(db)
    await withoutIndexes(db, words, async () => {
      await insertUsers(db, words, count)
      await insertStatusLists(db, count)
      await insertAuthorizations(db, words, { count, clientId })
      await insertRefreshTokens(db, words, count)
    })
    if (location.kind === 'postgres') await sql`analyze`.execute(db)
    // Otherwise the next measurement waits until this data is on disk.
    if (location.kind === 'postgres') await sql`checkpoint`.execute(db)
  } finally {
    await db.destroy()
  }
  if (location.kind === 'sqlite') flushFile(location.path)
}

function flushFile(path: string): void {
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}

/** Sorting a million keys once takes a tenth of the time of inserting each at its place. */
async function withoutIndexes(db: Database, { indexes }: Words, insert: () => Promise<void>): Promise<void> {
  const { rows } = await indexes.execute(db)
  for (const { name } of rows) await sql`drop index ${sql.id(name)}`.execute(db)
  await insert()
  for (const { definition } of rows) await sql.raw(definition).execute(db)
}

/** An index that is not a part of its table's definition, and the statement that creates it. */
interface Index {
  readonly name: string
  readonly definition: string
}

/** The SQL that differs between the two databases: the numbers up to a count as `n(i)`, and hexadecimal digits. */
interface Words {
  /** Makes commits not wait for the disk. */
  readonly hurry: RawBuilder<unknown>
  readonly indexes: RawBuilder<Index>
  readonly numbers: (count: number) => RawBuilder<unknown>
  readonly scattered: RawBuilder<unknown>
  readonly padded: RawBuilder<unknown>
  /** True for one in a hundred, at random. A regular pattern would compress better than a real status list. */
  readonly oneInAHundred: RawBuilder<unknown>
}

/** Knuth's multiplier. It is odd, so different numbers below a power of two stay different modulo that power. */
const SCATTER = sql.lit(2_654_435_761)

const SQLITE: Words = {
  hurry: sql`pragma synchronous = off`,
  indexes: sql<Index>`select name, sql as definition from sqlite_master where type = 'index' and sql is not null`,
  numbers: (count) =>
    sql`with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ${sql.lit(count)})`,
  scattered: sql`printf('%08x', (i * ${SCATTER}) % 4294967296)`,
  padded: sql`printf('%035d', i)`,
  oneInAHundred: sql`abs(random() % 100) = 0`,
}

const POSTGRES: Words = {
  hurry: sql`set synchronous_commit = off`,
  indexes: sql<Index>`
    select indexname as name, indexdef as definition from pg_indexes
    where schemaname = current_schema() and indexname not in (select conname from pg_constraint)`,
  numbers: (count) => sql`with n(i) as (select generate_series(0::bigint, ${sql.lit(count - 1)}))`,
  scattered: sql`lpad(to_hex((i * ${SCATTER}) % 4294967296), 8, '0')`,
  padded: sql`lpad(i::text, 35, '0')`,
  oneInAHundred: sql`random() < 0.01`,
}

/**
 * Inserts users together with the keys of their names, which here equal the names. A server that finds users without keys
 * computes them before it starts.
 */
async function insertUsers(db: Database, { numbers, scattered }: Words, count: number): Promise<void> {
  await sql`
    insert into users (id, username, letters_key, shapes_key, full_name, password_hash, disabled_at, created_at, demo)
    ${numbers(count)}
    select 'usr_' || ${scattered} || i, 'user-' || i, 'user-' || i, 'user-' || i, 'User ' || i, ${sql.lit(PASSWORD.hash)}, null, ${now()}, 0 from n
  `.execute(db)
}

async function insertStatusLists(db: Database, count: number): Promise<void> {
  const lists = Math.ceil(count / STATUS_LIST_CAPACITY)
  for (let list = 0; list < lists; list++) {
    const entries = Math.min(STATUS_LIST_CAPACITY, count - list * STATUS_LIST_CAPACITY)
    const isCurrent = list === lists - 1 ? 1 : null
    await db
      .insertInto('status_lists')
      .values({
        id: `sl_benchbenchbenchbenchx${list}`,
        is_current: isCurrent,
        entries,
        version: 1,
        changed_at: systemClock(),
      })
      .execute()
  }
}

async function insertAuthorizations(
  db: Database,
  { numbers, scattered, oneInAHundred }: Words,
  { count, clientId }: { readonly count: number; readonly clientId: string },
): Promise<void> {
  const until = sql.lit(systemClock() + LIFETIME_SECONDS)
  await sql`
    insert into authorizations (id, client_id, subject, scope, audience, authenticated_at, created_at,
      tokens_expire_at, refresh_expires_at, remembered_until, status_list, status_index, ended_at)
    ${numbers(count)}
    select 'az_' || ${scattered} || i, ${sql.lit(clientId)}, 'usr_' || ${scattered} || i, 'profile',
      ${sql.lit(AUDIENCE)}, ${now()}, ${now()}, ${now()}, ${until}, ${until},
      'sl_benchbenchbenchbenchx' || (i / ${sql.lit(STATUS_LIST_CAPACITY)}), (i * ${SCATTER}) % 1048576,
      case when ${oneInAHundred} then ${now()} end
    from n
  `.execute(db)
}

async function insertRefreshTokens(
  db: Database,
  { numbers, scattered, padded }: Words,
  count: number,
): Promise<void> {
  await sql`
    insert into refresh_tokens (hash, authorization_id, issued_at, expires_at, consumed_at, successor_hash, sealed_successor)
    ${numbers(count)}
    select ${scattered} || ${padded}, 'az_' || ${scattered} || i, ${now()}, ${sql.lit(systemClock() + LIFETIME_SECONDS)},
      null, null, null
    from n
  `.execute(db)
}

function now(): RawBuilder<unknown> {
  return sql.lit(systemClock())
}
