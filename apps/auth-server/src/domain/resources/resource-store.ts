import type { Selectable } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { parseJsonObject } from '../../storage/json-column.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import { lookup } from '../../storage/queries.ts'
import { formatList, parseList, type ResourcesTable } from '../../storage/schema.ts'
import type { Resource } from './resource.ts'

/** The resources among these audiences; one that is missing is not registered. */
export async function findResources(
  db: Database,
  audiences: readonly string[],
): Promise<readonly Resource[]> {
  const resources: Resource[] = []
  // One by one, so that the statement is always the same: nearly every token is for one resource. A request can name no more
  // than its client is registered for.
  for (const audience of new Set(audiences)) resources.push(...(await byAudience(db, audience)))
  return resources
}

const byAudience = lookup(
  (db, audience) => db.selectFrom('resources').selectAll().where('audience', '=', audience),
  resourceOf,
)

/**
 * Locks resources until the transaction ends, like `lockUnchangedUser`. False when one of them is gone, or no longer knows
 * one of the scope values.
 */
export async function lockResources(
  transaction: Database,
  { audience, scope }: { readonly audience: readonly string[]; readonly scope: readonly string[] },
): Promise<boolean> {
  const named = [...new Set(audience)]
  if (named.length === 0) return true
  const resources = await transaction
    .selectFrom('resources')
    .select('scope')
    .where('audience', 'in', named)
    .orderBy('audience')
    .$if(isPostgres(transaction), (query) => query.forShare())
    .execute()
  const known = resources.map((resource) => parseList(resource.scope))
  return known.length === named.length && scope.every((value) => known.every((one) => one.includes(value)))
}

/** Every resource, by audience. */
export async function listResources(db: Database): Promise<readonly Resource[]> {
  const rows = await db.selectFrom('resources').selectAll().orderBy('audience').execute()
  return rows.map(resourceOf)
}

/** Adds a resource, or makes the one with this audience equal to it. */
export async function saveResource(db: Database, resource: Resource, origin: { demo: 0 | 1 }): Promise<void> {
  const row = { ...columnsOf(resource), demo: origin.demo }
  await db
    .insertInto('resources')
    .values({ audience: resource.audience, ...row })
    .onConflict((conflict) => conflict.column('audience').doUpdateSet(row))
    .execute()
}

/** Makes a resource equal to this one, and leaves its origin as it is. False when it is gone. */
export async function updateResource(db: Database, resource: Resource): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('resources')
    .set(columnsOf(resource))
    .where('audience', '=', resource.audience)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Takes from a client the right to introspect tokens, at every resource: another client may get its id. */
export async function removeIntrospector(db: Database, clientId: string): Promise<void> {
  // In the order in which opening an authorization locks several resources.
  const rows = await db
    .selectFrom('resources')
    .select(['audience', 'introspectors'])
    .orderBy('audience')
    .execute()
  for (const { audience, introspectors } of rows) {
    const ids = parseList(introspectors)
    if (!ids.includes(clientId)) continue
    const rest = formatList(ids.filter((id) => id !== clientId))
    await db.updateTable('resources').set({ introspectors: rest }).where('audience', '=', audience).execute()
  }
}

/** Removes the row of a resource, without revoking anything: `deleteResource` does both. */
export async function removeResource(db: Database, audience: string): Promise<void> {
  await db.deleteFrom('resources').where('audience', '=', audience).execute()
}

/** The audiences of resources that the demo file made. */
export async function listDemoResources(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('resources').select('audience').where('demo', '=', 1).execute()
  return rows.map((row) => row.audience)
}

function columnsOf({ scope, introspectors, tokenType, descriptions }: Resource) {
  return {
    scope: formatList(scope),
    introspectors: formatList(introspectors),
    token_type: tokenType,
    descriptions: JSON.stringify(descriptions),
  }
}

function resourceOf(row: Selectable<ResourcesTable>): Resource {
  return {
    audience: row.audience,
    scope: parseList(row.scope),
    introspectors: parseList(row.introspectors),
    tokenType: row.token_type,
    descriptions: descriptionsOf(row.descriptions),
  }
}

function descriptionsOf(column: string): Readonly<Record<string, string>> {
  const entries = Object.entries(parseJsonObject(column))
  return Object.fromEntries(
    entries.flatMap(([value, text]) => (typeof text === 'string' ? [[value, text]] : [])),
  )
}
