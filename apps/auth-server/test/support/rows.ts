import type { Client } from '../../src/domain/clients/client.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import type { User } from '../../src/domain/users/user.ts'
import { insertUser } from '../../src/domain/users/user-store.ts'
import { hashSecret, mintId } from '../../src/oauth/secret.ts'
import { AUDIENCE, type TestServer } from './test-server.ts'

export const CLIENT_SECRET = 'a client secret of more than 32 characters'

/** A public client that may use the password grant. */
export function aClient(differences: Partial<Client> = {}): Client {
  return {
    id: 'app',
    authentication: { kind: 'none' },
    grantTypes: ['password'],
    scope: ['profile'],
    audiences: [AUDIENCE],
    redirectUris: [],
    postLogoutRedirectUris: [],
    firstParty: false,
    ...differences,
  }
}

/** The same with a secret. */
export function aConfidentialClient(differences: Partial<Client> = {}): Client {
  return aClient({ authentication: { kind: 'secret', hash: hashSecret(CLIENT_SECRET) }, ...differences })
}

/** A server's rows for the ordinary case: one resource, one client, and alice, whose password is "secret". */
export async function addOrdinaryRows(server: TestServer, client: Client = aClient()): Promise<User> {
  await saveResource(
    server.db,
    {
      audience: AUDIENCE,
      scope: ['profile', 'email'],
      introspectors: [],
      tokenType: 'at+jwt' as const,
      descriptions: {},
    },
    { demo: 0 },
  )
  await saveClient(server.db, client, { now: server.now(), demo: 0 })
  return addUser(server, {})
}

/** Adds a user, alice unless said otherwise, whose password is "secret". */
export async function addUser(server: TestServer, differences: Partial<User>): Promise<User> {
  const user: User = {
    id: mintId('usr'),
    username: 'alice',
    fullName: 'Alice Wonderland',
    passwordHash: await server.passwordHasher.hash('secret'),
    disabled: false,
    claims: {},
    roles: [],
    groups: [],
    updatedAt: server.now(),
    ...differences,
  }
  await insertUser(server.db, user, { now: server.now(), demo: 0 })
  return user
}
