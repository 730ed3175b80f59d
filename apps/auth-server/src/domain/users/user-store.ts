import type { Seconds } from '@countersign/shared'
import { type Selectable, sql, type UpdateObject } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { parseJsonObject, parseJsonTexts } from '../../storage/json-column.ts'
import { insertIfAbsent, lookup } from '../../storage/queries.ts'
import type { Schema, UsersTable } from '../../storage/schema.ts'
import type { User, UserRecord } from './user.ts'
import { parseClaims } from './user-claims.ts'
import { normalizeUsername, usernameKeys } from './user-name.ts'

/** The user with exactly this name, however its letters were typed, disabled or not; `undefined` when there is none. */
export async function findUserByName(db: Database, username: string): Promise<User | undefined> {
  return (await findUserRecord(db, username))?.user
}

const byName = lookup(
  (db, username) => db.selectFrom('users').selectAll().where('username', '=', username),
  recordOf,
)

/**
 * Remembers when a user signed in, and locks the row until the transaction ends, provided that it is unchanged since the user
 * authenticated: a command that disables or deletes the user, or sets a password, waits, and then sees what the
 * transaction did. False when one of these has happened; the authentication then counts for nothing.
 */
export async function lockUnchangedUser(
  transaction: Database,
  proven: Pick<User, 'id' | 'passwordHash'>,
  signedInAt: Seconds,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('users')
    .set({ last_sign_in_at: signedInAt })
    .where('id', '=', proven.id)
    .where('password_hash', '=', proven.passwordHash)
    .where('disabled_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** The user with this id, disabled or not; `undefined` when there is none. */
export async function findUser(db: Database, id: string): Promise<User | undefined> {
  return (await findUserRecordById(db, id))?.user
}

const byId = lookup((db, id) => db.selectFrom('users').selectAll().where('id', '=', id), recordOf)

/** The name of a user, but for one by id, that looks like this one, or is this one; `undefined` when there is none. */
export async function findLookAlike(
  db: Database,
  username: string,
  { but }: { readonly but?: string } = {},
): Promise<string | undefined> {
  const { letters, shapes } = usernameKeys(username)
  const row = await db
    .selectFrom('users')
    .select('username')
    .where((where) =>
      where.or([
        where('letters_key', '=', letters),
        where('shapes_key', '=', shapes),
        // Of one whose row has no keys yet.
        where('username', '=', normalizeUsername(username)),
      ]),
    )
    .$if(but !== undefined, (query) => query.where('id', '<>', but ?? ''))
    .executeTakeFirst()
  return row?.username
}

/** Adds a user, under the one form of the name. False when the name is taken, or too much like another: then nothing changes. */
export async function insertUser(
  db: Database,
  user: User,
  origin: { readonly now: Seconds; readonly demo: 0 | 1 },
): Promise<boolean> {
  return insertIfAbsent(
    db.insertInto('users').values({
      id: user.id,
      ...descriptionColumns(user),
      password_hash: user.passwordHash,
      disabled_at: user.disabled ? origin.now : null,
      created_at: origin.now,
      demo: origin.demo,
    }),
  )
}

/** Replaces a password hash by a better one of the same password. False when it has changed meanwhile: then nothing does. */
export async function upgradePasswordHash(
  db: Database,
  id: string,
  hashes: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ password_hash: hashes.to })
    .where('id', '=', id)
    .where('password_hash', '=', hashes.from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Every user, by name; for whoever administers them. */
export async function listUsers(db: Database): Promise<readonly UserRecord[]> {
  const rows = await db.selectFrom('users').selectAll().orderBy('username').execute()
  return rows.map(recordOf)
}

/** The user with exactly this name, and since when there is one; `undefined` when there is none. */
export async function findUserRecord(db: Database, username: string): Promise<UserRecord | undefined> {
  const [record] = await byName(db, normalizeUsername(username))
  return record
}

/** What tokens and pages say of a user. */
export type UserDescription = Pick<
  User,
  'username' | 'fullName' | 'claims' | 'roles' | 'groups' | 'updatedAt'
>

/**
 * Gives a user other names, claims, roles and groups. False when there is no such user; `findLookAlike` says before whether
 * the name is free, under the lock of whoever adds users.
 */
export async function updateUserDescription(
  db: Database,
  id: string,
  description: UserDescription,
): Promise<boolean> {
  return updateUser(db, id, descriptionColumns(description))
}

/** The same by id. */
export async function findUserRecordById(db: Database, id: string): Promise<UserRecord | undefined> {
  const [record] = await byId(db, id)
  return record
}

/** Sets the password hash of a user. False when there is none. */
export async function setPasswordHash(db: Database, id: string, passwordHash: string): Promise<boolean> {
  return updateUser(db, id, { password_hash: passwordHash })
}

/**
 * Marks a user as disabled, without revoking anything: `disableUser` does both. One who was so keeps the instant. False
 * when there is none.
 */
export async function markUserDisabled(db: Database, id: string, now: Seconds): Promise<boolean> {
  return updateUser(db, id, { disabled_at: sql`coalesce(disabled_at, ${now})` })
}

/** Lets a user sign in again. What was revoked stays so. False when there is none. */
export async function enableUser(db: Database, id: string): Promise<boolean> {
  return updateUser(db, id, { disabled_at: null })
}

/** Changes columns of a user; false when there is no such row, or is none any more by the time it can be written. */
async function updateUser(
  db: Database,
  id: string,
  columns: UpdateObject<Schema, 'users'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set(columns)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Removes the row of a disabled user, without revoking anything: `deleteUser` does both. False when there is none. */
export async function removeDisabledUser(db: Database, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('users')
    .where('id', '=', id)
    .where('disabled_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** The names of users that the demo file made. */
export async function listDemoUsers(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('users').select('username').where('demo', '=', 1).execute()
  return rows.map((row) => row.username)
}

function descriptionColumns({ username, fullName, claims, roles, groups, updatedAt }: UserDescription) {
  const { letters, shapes } = usernameKeys(username)
  return {
    username: normalizeUsername(username),
    letters_key: letters,
    shapes_key: shapes,
    full_name: fullName ?? null,
    claims: JSON.stringify(claims),
    roles: JSON.stringify(roles),
    groups: JSON.stringify(groups),
    claims_updated_at: updatedAt,
  }
}

function recordOf(row: Selectable<UsersTable>): UserRecord {
  return { user: userOf(row), createdAt: row.created_at }
}

function userOf(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    username: row.username,
    fullName: row.full_name ?? undefined,
    passwordHash: row.password_hash,
    disabled: row.disabled_at !== null,
    claims: parseClaims(parseJsonObject(row.claims)),
    roles: parseJsonTexts(row.roles),
    groups: parseJsonTexts(row.groups),
    updatedAt: row.claims_updated_at ?? row.created_at,
  }
}
