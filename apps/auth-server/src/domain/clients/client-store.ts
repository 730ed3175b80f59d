import type { Seconds } from '@countersign/shared'
import type { Selectable } from 'kysely'
import type { GrantType } from '../../oauth/grant-type.ts'
import type { Database } from '../../storage/database.ts'
import { formatList, parseList } from '../../storage/list-column.ts'
import type { ClientsTable } from '../../storage/schema.ts'
import type { Client } from './client.ts'

/** The client with this id; `undefined` when there is none or it is disabled. */
export async function findClient(db: Database, id: string): Promise<Client | undefined> {
  const row = await db
    .selectFrom('clients')
    .selectAll()
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return row && clientOf(row)
}

/** Adds a client, or makes the one with this id equal to it; a disabled one stays disabled. */
export async function saveClient(
  db: Database,
  client: Client,
  origin: { readonly now: Seconds; readonly demo: 0 | 1 },
): Promise<void> {
  const row = {
    auth_method: client.authentication.kind === 'none' ? 'none' : 'client_secret',
    secret_hash: client.authentication.kind === 'none' ? null : client.authentication.hash,
    grant_types: formatList(client.grantTypes),
    scope: formatList(client.scope),
    audiences: formatList(client.audiences),
    demo: origin.demo,
  }
  await db
    .insertInto('clients')
    .values({ id: client.id, ...row, disabled_at: null, created_at: origin.now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

/** The client with this id, disabled or not; for whoever administers them. */
export async function findRegisteredClient(db: Database, id: string): Promise<Client | undefined> {
  const row = await db.selectFrom('clients').selectAll().where('id', '=', id).executeTakeFirst()
  return row && clientOf(row)
}

/** The ids of clients that the demo file made. */
export async function listDemoClients(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('clients').select('id').where('demo', '=', 1).execute()
  return rows.map((row) => row.id)
}

function clientOf(row: Selectable<ClientsTable>): Client {
  return {
    id: row.id,
    authentication: row.secret_hash === null ? { kind: 'none' } : { kind: 'secret', hash: row.secret_hash },
    // Written by `saveClient` alone, from values of this type.
    grantTypes: parseList(row.grant_types) as readonly GrantType[],
    scope: parseList(row.scope),
    audiences: parseList(row.audiences),
  }
}
