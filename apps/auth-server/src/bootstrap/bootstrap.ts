import { ConfigError } from '@countersign/settings'
import type { Clock, Seconds } from '@countersign/shared'
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
import { withLock } from '../storage/lock.ts'
import { StartRefused } from '../storage/start-refused.ts'
import type { BootstrapFile } from './bootstrap-file.ts'
import { bootstrapProblems } from './bootstrap-problems.ts'

export interface BootstrapDeps {
  readonly db: Database
  readonly passwordHasher: PasswordHasher
  readonly now: Clock
}

/**
 * Makes the bootstrap file so: resources and clients become equal to it, users are created when missing and otherwise
 * left alone, nothing is deleted but the resources of an earlier demo. Returns what changed, one sentence each; nothing
 * when it was so already. Throws one `ConfigError` when the file names what is not there, and changes nothing.
 */
export async function bootstrap(deps: BootstrapDeps, file: BootstrapFile): Promise<readonly string[]> {
  const demo = file.demo ? 1 : 0
  const users = await missingUsers(deps, file)
  const now = deps.now()

  return withLock(deps.db, 'registration', async (db) => {
    // In here, so that nobody removes in between what is named; nothing has been changed yet.
    const problems = await bootstrapProblems(db, file)
    if (problems.length > 0) throw new ConfigError(problems)

    // Whoever opens an authorization holds its client and then its resources: in another order each could wait for the other.
    const clients = await saveClients(db, file, { now, demo })
    const removed = file.demo ? await removeEarlierDemo(db, file) : []
    const changes = [...removed, ...(await saveResources(db, file, { demo })), ...clients]
    for (const user of users) {
      if (await insertUser(db, user, { now, demo })) changes.push(`user ${user.username} created`)
      else if (!(await findUserByName(db, user.username))) await refuseLookAlike(db, user.username)
    }
    return changes
  })
}

/** In order of id, as `schema.ts` asks for. */
async function saveClients(
  db: Database,
  file: BootstrapFile,
  origin: { readonly now: Seconds; readonly demo: 0 | 1 },
): Promise<readonly string[]> {
  const changes: string[] = []
  for (const client of file.clients.map(clientOf).toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    const existing = await findClientRecord(db, client.id)
    if (existing && JSON.stringify(existing.client) === JSON.stringify(client)) continue
    await saveClient(db, client, origin)
    changes.push(`client ${client.id} ${existing ? 'updated' : 'created'}`)
  }
  return changes
}

/** In order of audience. */
async function saveResources(
  db: Database,
  file: BootstrapFile,
  origin: { readonly demo: 0 | 1 },
): Promise<readonly string[]> {
  const changes: string[] = []
  const resources = file.resources.map(({ token_type: tokenType, ...entry }) => ({ ...entry, tokenType }))
  for (const resource of resources.toSorted((one, other) => (one.audience < other.audience ? -1 : 1))) {
    const [existing] = await findResources(db, [resource.audience])
    if (existing && sameResource(existing, resource)) continue
    await saveResource(db, resource, origin)
    changes.push(`resource ${resource.audience} ${existing ? 'updated' : 'created'}`)
  }
  return changes
}

/**
 * The demo names its resource by a port: when that is another one, the earlier resource is nobody's any more, and would
 * stand in the metadata. One that somebody has since registered a client for stays.
 */
async function removeEarlierDemo(db: Database, file: BootstrapFile): Promise<readonly string[]> {
  const inFile = new Set(file.clients.map(({ client_id: id }) => id))
  const others = (await listClientRecords(db)).filter(({ client }) => !inFile.has(client.id))
  const kept = [
    ...file.resources.map(({ audience }) => audience),
    ...others.flatMap(({ client }) => client.audiences),
  ]
  const earlier = (await listDemoResources(db)).filter((audience) => !kept.includes(audience))
  for (const audience of earlier.toSorted()) await removeResource(db, audience)
  return earlier.map((audience) => `resource ${audience} of an earlier demo removed`)
}

/** Whoever reads a log or a table could take one for the other. */
async function refuseLookAlike(db: Database, username: string): Promise<never> {
  throw new StartRefused(
    `The bootstrap file has a user ${username}, which is too much like the user ${await findLookAlike(db, username)}: give one of them another name.`,
  )
}

/** Hashed before the transaction begins: nothing but SQL inside one, or on SQLite everybody waits for bcrypt. */
async function missingUsers({ db, passwordHasher }: BootstrapDeps, file: BootstrapFile) {
  const missing = []
  for (const { username, password, password_hash: given, full_name: fullName } of file.users) {
    if (await findUserByName(db, username)) continue
    // The file has exactly one of the two: whoever reads it has seen to that.
    const passwordHash = given ?? (await passwordHasher.hash(password ?? ''))
    missing.push({ id: mintId('usr'), username, fullName, passwordHash, disabled: false })
  }
  return missing
}

function sameResource(one: Resource, other: Resource): boolean {
  return (
    one.scope.join(' ') === other.scope.join(' ') &&
    one.introspectors.join(' ') === other.introspectors.join(' ') &&
    one.tokenType === other.tokenType
  )
}

function clientOf(entry: BootstrapFile['clients'][number]): Client {
  return {
    id: entry.client_id,
    authentication: authenticationOf(entry),
    grantTypes: entry.grant_types,
    scope: entry.scope,
    audiences: entry.audiences,
  }
}

function authenticationOf({
  client_secret: secret,
  jwks,
}: BootstrapFile['clients'][number]): ClientAuthentication {
  if (secret !== undefined) return { kind: 'secret', hash: hashSecret(secret) }
  return jwks === undefined ? { kind: 'none' } : { kind: 'keys', jwks }
}
