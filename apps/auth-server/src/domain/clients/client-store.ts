import type { Seconds } from '@countersign/shared'
import { type Selectable, sql, type UpdateObject } from 'kysely'
import type { GrantType } from '../../oauth/grant-type.ts'
import type { Database } from '../../storage/database.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import { insertIfAbsent, lookup } from '../../storage/queries.ts'
import { type ClientsTable, formatList, parseList, type Schema } from '../../storage/schema.ts'
import { authenticationColumns, authenticationOf } from './authentication-columns.ts'
import type { Client, ClientAuthentication, ClientRecord } from './client.ts'
import type { Access } from './requested-access.ts'

/** The client with this id; `undefined` when there is none or it is disabled. */
export async function findClient(db: Database, id: string): Promise<Client | undefined> {
  const [client] = await enabledById(db, id)
  return client
}

const enabledById = lookup(
  (db, id) => db.selectFrom('clients').selectAll().where('id', '=', id).where('disabled_at', 'is', null),
  clientOf,
)

/**
 * Locks a client until the transaction ends, like `lockUnchangedUser`. False when it is disabled or gone, or no longer
 * registered for what it is about to get: narrowing it revokes the authorizations it sees, and would miss this one.
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

/** What a client must be registered for, with the grant by which it gets or refreshes its tokens. */
export interface NeededRegistration extends Pick<Access, 'audience' | 'scope'> {
  readonly grant: GrantType | undefined
}

/** Whether a client, as its row was read, is enabled and registered for all of this. */
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
  return insertIfAbsent(
    db
      .insertInto('clients')
      .values({ id: client.id, ...rowOf(client, origin.demo), disabled_at: null, created_at: origin.now }),
  )
}

/**
 * Gives a client another registration, and other keys when it has any. Its secret stays: it may be rotated at the same
 * time, and what was read before would undo that. False when the client is gone.
 */
export async function updateClient(db: Database, client: Client): Promise<boolean> {
  const keys = client.authentication.kind === 'keys' ? authenticationColumns(client.authentication) : {}
  return updateColumns(db, client.id, { ...registrationColumns(client), ...keys })
}

/** Every client, by id, disabled or not, as an operator sees it. */
export async function listClientRecords(db: Database): Promise<readonly ClientRecord[]> {
  const rows = await db.selectFrom('clients').selectAll().orderBy('id').execute()
  return rows.map(recordOf)
}

/** The client with this id, disabled or not, as an operator sees it. */
export async function findClientRecord(db: Database, id: string): Promise<ClientRecord | undefined> {
  const row = await db.selectFrom('clients').selectAll().where('id', '=', id).executeTakeFirst()
  return row && recordOf(row)
}

/**
 * Marks a client as disabled, without revoking anything: `disableClient` does both. One that was disabled before keeps that
 * instant. False when there is none.
 */
export async function markClientDisabled(db: Database, id: string, now: Seconds): Promise<boolean> {
  return updateColumns(db, id, { disabled_at: sql`coalesce(disabled_at, ${now})` })
}

/** Enables a client again. What was revoked stays revoked. False when there is none. */
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
    name: client.name ?? null,
    logo_uri: client.logoUri ?? null,
    redirect_uris: formatList(client.redirectUris),
    post_logout_redirect_uris: formatList(client.postLogoutRedirectUris),
    backchannel_logout_uri: client.backchannelLogoutUri ?? null,
    first_party: client.firstParty ? 1 : 0,
  }
}

function recordOf(row: Selectable<ClientsTable>): ClientRecord {
  return { client: clientOf(row), disabled: row.disabled_at !== null, createdAt: row.created_at }
}

function clientOf(row: Selectable<ClientsTable>): Client {
  return {
    id: row.id,
    authentication: authenticationOf(row),
    // This file alone writes the column, from values of this type.
    grantTypes: parseList(row.grant_types) as readonly GrantType[],
    scope: parseList(row.scope),
    audiences: parseList(row.audiences),
    name: row.name ?? undefined,
    logoUri: row.logo_uri ?? undefined,
    redirectUris: parseList(row.redirect_uris),
    postLogoutRedirectUris: parseList(row.post_logout_redirect_uris),
    backchannelLogoutUri: row.backchannel_logout_uri ?? undefined,
    firstParty: row.first_party === 1,
  }
}
