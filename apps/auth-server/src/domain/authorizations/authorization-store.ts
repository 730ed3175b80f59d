import type { Seconds } from '@countersign/shared'
import { type Expression, type Selectable, sql } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { insertIfAbsent, lookup } from '../../storage/queries.ts'
import { type AuthorizationsTable, formatList, parseList } from '../../storage/schema.ts'
import { isRegisteredFor, type NeededRegistration } from '../clients/client-store.ts'
import type { AuthorizationRecord } from './authorization.ts'
import {
  type AuthorizationsOf,
  type WalkedAuthorization,
  walkAuthorizations,
} from './walk-authorizations-store.ts'

/** Adds an authorization that has just been granted. False when another has its status index: then nothing changes. */
export async function insertAuthorization(
  db: Database,
  authorization: AuthorizationRecord,
  now: Seconds,
): Promise<boolean> {
  return insertIfAbsent(db.insertInto('authorizations').values(rowOf(authorization, now)))
}

/** Adds a client authorization under its key. False when there is one already, or another has its status index. */
export async function insertClientAuthorization(
  db: Database,
  authorization: AuthorizationRecord,
  { key, now }: { readonly key: string; readonly now: Seconds },
): Promise<boolean> {
  return insertIfAbsent(
    db.insertInto('authorizations').values({ ...rowOf(authorization, now), standing_for: key }),
  )
}

/** A client authorization, with its client and its resource as they were at the same instant. */
export interface FoundClientAuthorization {
  readonly authorization: AuthorizationRecord
  readonly mayCarry: (needed: NeededRegistration) => boolean
  /** Whether it is for a single resource that knew all these scope values. */
  readonly isKnownByResource: (scope: readonly string[]) => boolean
}

/** The client authorization under a key, with its client and its resource; `undefined` when there is none. */
export async function findClientAuthorization(
  db: Database,
  key: string,
): Promise<FoundClientAuthorization | undefined> {
  const [found] = await byClientKey(db, key)
  return found
}

// One statement sees one instant. When the client is narrowed after it, that revokes this authorization.
const byClientKey = lookup(
  (db, key) =>
    db
      .selectFrom('authorizations')
      .innerJoin('clients', 'clients.id', 'authorizations.client_id')
      // A list of several audiences is the name of no resource: those are read one by one afterwards.
      .leftJoin('resources', 'resources.audience', 'authorizations.audience')
      .selectAll('authorizations')
      .select([
        'clients.scope as client_scope',
        'clients.audiences as client_audiences',
        'clients.grant_types as client_grant_types',
        'clients.disabled_at as client_disabled_at',
        'resources.scope as resource_scope',
      ])
      .where('authorizations.standing_for', '=', key),
  foundOf,
)

/** The authorization with this id, revoked or not; `undefined` when it is unknown, or was pruned. */
export async function findAuthorization(db: Database, id: string): Promise<AuthorizationRecord | undefined> {
  const [authorization] = await byId(db, id)
  return authorization
}

const byId = lookup((db, id) => db.selectFrom('authorizations').selectAll().where('id', '=', id), recordOf)

/**
 * Remembers that a token of this authorization may live until an instant. False when the authorization was revoked or
 * pruned: then no token may be issued from it.
 */
export async function extendTokensExpireAt(db: Database, id: string, until: Seconds): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authorizations')
    .set((row) => ({
      tokens_expire_at: later(row.ref('tokens_expire_at'), until),
      remembered_until: later(row.ref('remembered_until'), until),
    }))
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** When the last access token expires that was issued for a client or a subject; `undefined` when none is alive now. */
export async function lastTokenExpiry(
  db: Database,
  of: AuthorizationsOf,
  now: Seconds,
): Promise<Seconds | undefined> {
  const last = await latest(db, of, (row) => row.tokens_expire_at)
  return last !== undefined && last > now ? last : undefined
}

/** When a user last signed in, as far as authorizations tell: those without a token alive are pruned. */
export function lastSignIn(db: Database, subject: string): Promise<Seconds | undefined> {
  return latest(db, { column: 'subject', value: subject }, (row) => row.authenticated_at)
}

/** The latest of an instant, page by page: one statement over a million rows takes too long. */
async function latest(
  db: Database,
  of: AuthorizationsOf,
  instantOf: (row: WalkedAuthorization) => Seconds | null,
): Promise<Seconds | undefined> {
  let last: Seconds | undefined
  for await (const rows of walkAuthorizations(db, of)) {
    for (const row of rows) {
      const instant = instantOf(row)
      if (instant !== null && (last === undefined || instant > last)) last = instant
    }
  }
  return last
}

/** The later of a column and an instant, in SQL that both databases know. */
function later(column: Expression<number>, instant: Seconds) {
  return sql<number>`case when ${column} < ${instant} then ${instant} else ${column} end`
}

function rowOf(authorization: AuthorizationRecord, now: Seconds) {
  return {
    id: authorization.id,
    client_id: authorization.clientId,
    subject: authorization.subject,
    scope: formatList(authorization.scope),
    audience: formatList(authorization.audience),
    authenticated_at: authorization.authenticatedAt ?? null,
    created_at: now,
    tokens_expire_at: authorization.tokensExpireAt,
    refresh_expires_at: authorization.refreshExpiresAt ?? null,
    remembered_until: Math.max(authorization.tokensExpireAt, authorization.refreshExpiresAt ?? 0),
    status_list: authorization.status?.list ?? null,
    status_index: authorization.status?.index ?? null,
    ended_at: authorization.revoked ? now : null,
  }
}

/** The columns of its client and its resource beside its own. */
interface ClientAuthorizationRow extends Selectable<AuthorizationsTable> {
  readonly client_scope: string
  readonly client_audiences: string
  readonly client_grant_types: string
  readonly client_disabled_at: Seconds | null
  readonly resource_scope: string | null
}

function foundOf(row: ClientAuthorizationRow): FoundClientAuthorization {
  const client = {
    scope: row.client_scope,
    audiences: row.client_audiences,
    grant_types: row.client_grant_types,
    disabled_at: row.client_disabled_at,
  }
  const known = row.resource_scope === null ? undefined : parseList(row.resource_scope)
  return {
    authorization: recordOf(row),
    mayCarry: (needed) => isRegisteredFor(client, needed),
    isKnownByResource: (scope) => known !== undefined && scope.every((value) => known.includes(value)),
  }
}

function recordOf(row: Selectable<AuthorizationsTable>): AuthorizationRecord {
  return {
    id: row.id,
    clientId: row.client_id,
    subject: row.subject,
    scope: parseList(row.scope),
    audience: parseList(row.audience),
    authenticatedAt: row.authenticated_at ?? undefined,
    tokensExpireAt: row.tokens_expire_at,
    refreshExpiresAt: row.refresh_expires_at ?? undefined,
    status:
      row.status_list === null || row.status_index === null
        ? undefined
        : { list: row.status_list, index: row.status_index },
    revoked: row.ended_at !== null,
  }
}
