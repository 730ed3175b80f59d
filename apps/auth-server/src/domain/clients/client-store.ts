import type { Seconds } from '@countersign/shared'
import type { JSONWebKeySet } from 'jose'
import { type Selectable, sql, type UpdateObject } from 'kysely'
import type { GrantType } from '../../oauth/grant-type.ts'
import type { Database } from '../../storage/database.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import { lookup } from '../../storage/queries.ts'
import { type ClientsTable, formatList, parseList, type Schema } from '../../storage/schema.ts'
import type { Client, ClientAuthentication, ClientRecord } from './client.ts'
import type { Access } from './requested-access.ts'

/** The client with this id; `undefined` when there is none or it is disabled. */
export async function findClient(db: Database, id: string): Promise<Client | undefined> {
  const [row] = await enabledById(db, id)
  return row && clientOf(row)
}

const enabledById = lookup((db, id) =>
  db.selectFrom('clients').selectAll().where('id', '=', id).where('disabled_at', 'is', null),
)

/**
 * Holds a client as it is until the transaction ends, like `lockUnchangedUser`. False when it is disabled or gone, or no
 * longer registered for what it is about to get: whoever narrows it revokes what carries that, and would not see this.
 */
export async function lockEnabledClient(
  transaction: Database,
  id: string,
  needed: NeededRegistration,
): Promise<boolean> {
  const client = await transaction
    .selectFrom('clients')
    .select(['scope', 'audiences', 'grant_types', 'disabled_at'])
    .where('id', '=', id)
    .$if(isPostgres(transaction), (query) => query.forShare())
    .executeTakeFirst()
  return client !== undefined && isRegisteredFor(client, needed)
}

/** What a client must be registered for to get what it is about to get, and the grant by which that is kept alive. */
export interface NeededRegistration extends Pick<Access, 'audience' | 'scope'> {
  readonly grant: GrantType | undefined
}

/** Whether the row of a client, as it was read, is of an enabled one that is registered for all of this. */
export function isRegisteredFor(
  row: Pick<Selectable<ClientsTable>, 'scope' | 'audiences' | 'grant_types' | 'disabled_at'>,
  { audience, scope, grant }: NeededRegistration,
): boolean {
  const [audiences, values] = [parseList(row.audiences), parseList(row.scope)]
  return (
    row.disabled_at === null &&
    audience.every((one) => audiences.includes(one)) &&
    scope.every((value) => values.includes(value)) &&
    (grant === undefined || parseList(row.grant_types).includes(grant))
  )
}

/** Adds a client, or makes the one with this id equal to it; a disabled one stays disabled. */
export async function saveClient(
  db: Database,
  client: Client,
  origin: { readonly now: Seconds; readonly demo: 0 | 1 },
): Promise<void> {
  const row = rowOf(client, origin.demo)
  await db
    .insertInto('clients')
    .values({ id: client.id, ...row, disabled_at: null, created_at: origin.now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

/** Adds a client. False when the id is taken: then nothing changes. */
export async function insertClient(
  db: Database,
  client: Client,
  origin: { readonly now: Seconds; readonly demo: 0 | 1 },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('clients')
    .values({ id: client.id, ...rowOf(client, origin.demo), disabled_at: null, created_at: origin.now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

/**
 * Gives a client that is there another registration, and other keys when it has any. Its secret stays as it is: that one is
 * rotated beside us, and would be undone by what we have read. False when it is not there any more.
 */
export async function updateClient(db: Database, client: Client): Promise<boolean> {
  const keys = client.authentication.kind === 'keys' ? authenticationColumns(client.authentication) : {}
  return updateColumns(db, client.id, { ...registrationColumns(client), ...keys })
}

/** Every client, by id, disabled or not; for whoever administers them. */
export async function listClientRecords(db: Database): Promise<readonly ClientRecord[]> {
  const rows = await db.selectFrom('clients').selectAll().orderBy('id').execute()
  return rows.map(recordOf)
}

/** The client with this id, disabled or not; for whoever administers them. */
export async function findClientRecord(db: Database, id: string): Promise<ClientRecord | undefined> {
  const row = await db.selectFrom('clients').selectAll().where('id', '=', id).executeTakeFirst()
  return row && recordOf(row)
}

/**
 * Marks a client as disabled, without revoking anything: `disableClient` does both. One that was so keeps the instant.
 * False when there is none.
 */
export async function markClientDisabled(db: Database, id: string, now: Seconds): Promise<boolean> {
  return updateColumns(db, id, { disabled_at: sql`coalesce(disabled_at, ${now})` })
}

/** Lets a client ask for tokens again. What was revoked stays so. False when there is none. */
export async function enableClient(db: Database, id: string): Promise<boolean> {
  return updateColumns(db, id, { disabled_at: null })
}

async function updateColumns(
  db: Database,
  id: string,
  columns: UpdateObject<Schema, 'clients'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('clients')
    .set(columns)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Gives a client another secret. False when it is gone, or was given one by somebody else since `from` was read. */
export async function replaceClientSecret(
  db: Database,
  id: string,
  secret: { readonly from: string; readonly to: Extract<ClientAuthentication, { kind: 'secret' }> },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('clients')
    .set(authenticationColumns(secret.to))
    .where('id', '=', id)
    .where('secret_hash', '=', secret.from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Removes the row of a disabled client, without revoking anything: `deleteClient` does both. False when there is none. */
export async function removeDisabledClient(db: Database, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('clients')
    .where('id', '=', id)
    .where('disabled_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** The ids of clients that the demo file made. */
export async function listDemoClients(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('clients').select('id').where('demo', '=', 1).execute()
  return rows.map((row) => row.id)
}

function rowOf(client: Client, demo: 0 | 1) {
  return { ...authenticationColumns(client.authentication), ...registrationColumns(client), demo }
}

function registrationColumns(client: Client) {
  return {
    grant_types: formatList(client.grantTypes),
    scope: formatList(client.scope),
    audiences: formatList(client.audiences),
  }
}

function recordOf(row: Selectable<ClientsTable>): ClientRecord {
  return { client: clientOf(row), disabled: row.disabled_at !== null, createdAt: row.created_at }
}

function clientOf(row: Selectable<ClientsTable>): Client {
  return {
    id: row.id,
    authentication: authenticationOf(row),
    // Written by `saveClient` alone, from values of this type.
    grantTypes: parseList(row.grant_types) as readonly GrantType[],
    scope: parseList(row.scope),
    audiences: parseList(row.audiences),
  }
}

/** Every column, so that a client whose method changes keeps nothing of the old one. */
function authenticationColumns(authentication: ClientAuthentication) {
  const nothing = { secret_hash: null, previous_secret_hash: null, previous_secret_until: null, jwks: null }
  switch (authentication.kind) {
    case 'none':
      return { ...nothing, auth_method: 'none' }
    case 'secret':
      return {
        ...nothing,
        auth_method: 'client_secret',
        secret_hash: authentication.hash,
        previous_secret_hash: authentication.previous?.hash ?? null,
        previous_secret_until: authentication.previous?.until ?? null,
      }
    case 'keys':
      return { ...nothing, auth_method: 'private_key_jwt', jwks: JSON.stringify(authentication.jwks) }
    default:
      throw authentication satisfies never
  }
}

function authenticationOf(row: Selectable<ClientsTable>): ClientAuthentication {
  if (row.jwks !== null) return { kind: 'keys', jwks: parseJwks(row.jwks) }
  if (row.secret_hash === null) return { kind: 'none' }
  const { previous_secret_hash: hash, previous_secret_until: until } = row
  return {
    kind: 'secret',
    hash: row.secret_hash,
    ...(hash !== null && until !== null && { previous: { hash, until } }),
  }
}

/** What is no JSON is no key: its client proves nothing, and everybody else goes on. */
function parseJwks(text: string): JSONWebKeySet {
  try {
    return JSON.parse(text)
  } catch {
    return { keys: [] }
  }
}
