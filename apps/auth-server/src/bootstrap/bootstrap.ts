import { isDeepStrictEqual } from 'node:util'
import { ConfigError } from '@countersign/settings'
import type { Clock, Seconds } from '@countersign/shared'
import {
  type Changing,
  isNarrowedClient,
  isNarrowedResource,
  listOwnAtResource,
  listOwnOfClient,
} from '../domain/authorizations/change-registration.ts'
import { type FinishedNarrowing, finishNarrowings } from '../domain/authorizations/finish-narrowings.ts'
import { insertNarrowing } from '../domain/authorizations/narrowing-store.ts'
import { revokeAuthorizations } from '../domain/authorizations/revoke-authorizations-store.ts'
import type { Client, ClientAuthentication } from '../domain/clients/client.ts'
import { findClientRecord, listClientRecords, saveClient } from '../domain/clients/client-store.ts'
import type { Resource } from '../domain/resources/resource.ts'
import {
  findResources,
  listDemoResources,
  removeResource,
  saveResource,
} from '../domain/resources/resource-store.ts'
import type { PasswordHasher } from '../domain/users/password-hasher.ts'
import { findLookAlike, findUserByName, insertUser } from '../domain/users/user-store.ts'
import { hashSecret, mintId } from '../oauth/secret.ts'
import type { Database } from '../storage/database.ts'
import { StartRefused } from '../storage/errors.ts'
import { withLock } from '../storage/lock.ts'
import type { BootstrapFile } from './bootstrap-file.ts'
import { bootstrapProblems } from './bootstrap-problems.ts'

export interface BootstrapDeps {
  readonly db: Database
  readonly passwordHasher: PasswordHasher
  readonly now: Clock
}

/**
 * Applies the bootstrap file. Resources and clients become equal to it. Missing users are created, and existing users
 * are left unchanged. Nothing is deleted but the resources of an earlier demo. Where the file takes something away, the
 * authorizations that carry it are revoked. Returns what changed, one sentence each, and nothing when nothing changed.
 * When the file names something that does not exist, throws one `ConfigError` and changes nothing.
 *
 * This folder owns the bootstrap file: its form, its rules, and that demo data stays on this machine. It does not own
 * the rows that it changes.
 */
export async function bootstrap(deps: BootstrapDeps, file: BootstrapFile): Promise<readonly string[]> {
  const demo = file.demo ? 1 : 0
  const users = await missingUsers(deps, file)
  const now = deps.now()

  const changes = await withLock(deps.db, 'registration', async (db) => {
    // Checked in the transaction, so that nothing the file names can be removed in between. Nothing has been changed yet.
    const problems = await bootstrapProblems(db, file)
    if (problems.length > 0) throw new ConfigError(problems)

    // Opening an authorization locks its client and then its resources. With another order here, the two could deadlock.
    const clients = await saveClients(db, file, { now, demo })
    const removed = file.demo ? await removeEarlierDemo(db, file) : []
    const resources = await saveResources(db, file, { demo })
    const changes = [...removed, ...resources.sentences, ...clients.sentences]
    for (const user of users) {
      if (await insertUser(db, user, { now, demo })) changes.push(`user ${user.username} created`)
      else if (!(await findUserByName(db, user.username))) await refuseLookAlike(db, user.username)
    }
    // Last and all at once, as the lock order requires.
    const own = await noteNarrowings(db, clients.changed, resources.changed)
    const revoked = await revokeAuthorizations(db, own, now)
    if (revoked > 0) changes.push(`${countOf(revoked, 'client authorization')} revoked`)
    return changes
  })
  // In batches, after the transaction, because this may take minutes. By now the old registration opens no authorization.
  const finished = await finishNarrowings(deps.db, { now })
  return [...changes, ...finished.filter(({ revoked }) => revoked > 0).map(sentenceOf)]
}

/** What was saved, one sentence each, and the state before and after each change. */
interface Saved<Noun> {
  readonly sentences: readonly string[]
  readonly changed: readonly Changing<Noun>[]
}

/** Notes what was narrowed, and lists the client authorizations that are revoked together with the change. */
async function noteNarrowings(
  db: Database,
  clients: readonly Changing<Client>[],
  resources: readonly Changing<Resource>[],
): Promise<readonly string[]> {
  const own: string[] = []
  for (const changing of clients.filter(isNarrowedClient)) {
    await insertNarrowing(db, { kind: 'client', name: changing.to.id })
    own.push(...(await listOwnOfClient(db, changing)))
  }
  for (const changing of resources.filter(isNarrowedResource)) {
    await insertNarrowing(db, { kind: 'resource', name: changing.to.audience })
    own.push(...(await listOwnAtResource(db, changing)))
  }
  return [...new Set(own)]
}

function sentenceOf({ kind, name, revoked }: FinishedNarrowing): string {
  return `${kind} ${name} narrowed: ${countOf(revoked, 'authorization')} revoked`
}

function countOf(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}

/** Saves in order of id, as `schema.ts` requires. */
async function saveClients(
  db: Database,
  file: BootstrapFile,
  origin: { readonly now: Seconds; readonly demo: 0 | 1 },
): Promise<Saved<Client>> {
  const sentences: string[] = []
  const changed: Changing<Client>[] = []
  for (const client of file.clients.map(clientOf).toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    const existing = await findClientRecord(db, client.id)
    if (existing && JSON.stringify(existing.client) === JSON.stringify(client)) continue
    await saveClient(db, client, origin)
    sentences.push(`client ${client.id} ${existing ? 'updated' : 'created'}`)
    if (existing) changed.push({ from: existing.client, to: client })
  }
  return { sentences, changed }
}

/** Saves in order of audience. */
async function saveResources(
  db: Database,
  file: BootstrapFile,
  origin: { readonly demo: 0 | 1 },
): Promise<Saved<Resource>> {
  const sentences: string[] = []
  const changed: Changing<Resource>[] = []
  const resources = file.resources.map(({ token_type: tokenType, ...entry }) => ({ ...entry, tokenType }))
  for (const resource of resources.toSorted((one, other) => (one.audience < other.audience ? -1 : 1))) {
    const [existing] = await findResources(db, [resource.audience])
    if (existing && sameResource(existing, resource)) continue
    await saveResource(db, resource, origin)
    sentences.push(`resource ${resource.audience} ${existing ? 'updated' : 'created'}`)
    if (existing) changed.push({ from: existing, to: resource })
  }
  return { sentences, changed }
}

/**
 * The name of the demo's resource contains a port. When the port changes, nobody uses the earlier resource, and it
 * would still be listed in the metadata. It is kept if another client has been registered for it since.
 */
async function removeEarlierDemo(db: Database, file: BootstrapFile): Promise<readonly string[]> {
  const inFile = new Set(file.clients.map(({ client_id: id }) => id))
  const others = (await listClientRecords(db)).filter(({ client }) => !inFile.has(client.id))
  const kept = [
    ...file.resources.map(({ audience }) => audience),
    ...others.flatMap(({ client }) => client.audiences),
  ]
  const earlier = (await listDemoResources(db)).filter((audience) => !kept.includes(audience))
  for (const audience of earlier.toSorted()) {
    await removeResource(db, audience)
    await insertNarrowing(db, { kind: 'resource', name: audience })
  }
  return earlier.map((audience) => `resource ${audience} of an earlier demo removed`)
}

/** Two such names could be confused in a log or a table. */
async function refuseLookAlike(db: Database, username: string): Promise<never> {
  throw new StartRefused(
    `The bootstrap file has a user ${username}, which is too much like the user ${await findLookAlike(db, username)}: give one of them another name.`,
  )
}

/**
 * Passwords are hashed before the transaction begins. A transaction runs only SQL: on SQLite, everybody would wait for
 * bcrypt.
 */
async function missingUsers({ db, passwordHasher, now }: BootstrapDeps, file: BootstrapFile) {
  const missing = []
  for (const entry of file.users) {
    const { username, password, password_hash: given, full_name: fullName, claims, roles, groups } = entry
    if (await findUserByName(db, username)) continue
    // The file has exactly one of the two: this was checked when it was read.
    const passwordHash = given ?? (await passwordHasher.hash(password ?? ''))
    missing.push({
      id: mintId('usr'),
      username,
      fullName,
      passwordHash,
      disabled: false,
      claims,
      roles,
      groups,
      updatedAt: now(),
    })
  }
  return missing
}

function sameResource(one: Resource, other: Resource): boolean {
  return (
    one.scope.join(' ') === other.scope.join(' ') &&
    one.introspectors.join(' ') === other.introspectors.join(' ') &&
    one.tokenType === other.tokenType &&
    isDeepStrictEqual({ ...one.descriptions }, { ...other.descriptions })
  )
}

function clientOf(entry: BootstrapFile['clients'][number]): Client {
  return {
    id: entry.client_id,
    authentication: authenticationOf(entry),
    grantTypes: entry.grant_types,
    scope: entry.scope,
    audiences: entry.audiences,
    name: entry.client_name,
    logoUri: entry.logo_uri,
    redirectUris: entry.redirect_uris,
    postLogoutRedirectUris: entry.post_logout_redirect_uris,
    backchannelLogoutUri: entry.backchannel_logout_uri,
    firstParty: entry.first_party,
  }
}

function authenticationOf({
  client_secret: secret,
  jwks,
}: BootstrapFile['clients'][number]): ClientAuthentication {
  if (secret !== undefined) return { kind: 'secret', hash: hashSecret(secret) }
  return jwks === undefined ? { kind: 'none' } : { kind: 'keys', jwks }
}
