import { NODE_FLAGS } from '@countersign/stack/node-flags'
import { freePort, temporaryFolder } from './places.ts'
import { type RunningProcess, runNode, type Settings } from './processes.ts'

/** Where a story plays: two addresses, a database file, and settings for both servers that agree. */
export interface Fixture {
  readonly authServer: string
  readonly resourceServer: string
  readonly databaseFile: string
  readonly settings: Settings
}

/** A fixture of its own, with the demo's data. Every setting is given, so that no `.env` file can change the story. */
export async function createFixture(): Promise<Fixture> {
  const [authPort, resourcePort] = [await freePort(), await freePort()]
  const authServer = `http://127.0.0.1:${authPort}`
  const resourceServer = `http://127.0.0.1:${resourcePort}`
  const databaseFile = `${temporaryFolder()}/auth.db`
  return {
    authServer,
    resourceServer,
    databaseFile,
    settings: {
      AUTH_HOST: '127.0.0.1',
      AUTH_PORT: String(authPort),
      AUTH_ISSUER: authServer,
      AUTH_DATABASE_URL: `sqlite:${databaseFile}`,
      AUTH_BOOTSTRAP_FILE: 'apps/auth-server/demo.json',
      AUTH_DEFAULT_CLIENT: 'demo',
      AUTH_DEFAULT_AUDIENCE: resourceServer,
      AUTH_PASSWORD_COST: '4',
      RESOURCE_HOST: '127.0.0.1',
      RESOURCE_PORT: String(resourcePort),
      RESOURCE_ISSUER: authServer,
      RESOURCE_ISSUER_ADDRESS: authServer,
      RESOURCE_AUDIENCE: resourceServer,
    },
  }
}

/** Runs the built authorization server. */
export function runAuthServer({ settings }: Fixture, changes: Settings = {}): RunningProcess {
  return runNode([...NODE_FLAGS['auth-server'], 'apps/auth-server/dist/main.js'], { ...settings, ...changes })
}

/** Runs the built resource server. */
export function runResourceServer({ settings }: Fixture, changes: Settings = {}): RunningProcess {
  return runNode([...NODE_FLAGS['resource-server'], 'apps/resource-server/dist/main.js'], {
    ...settings,
    ...changes,
  })
}

/** Waits until a server says that it is ready. */
export async function untilReady(server: RunningProcess, url: string): Promise<void> {
  await server.until(async () => {
    const response = await fetch(`${url}/readyz`).catch(() => undefined)
    await response?.body?.cancel()
    return response?.status === 200
  })
}

/** Runs both servers until they are ready. */
export async function runBoth(fixture: Fixture) {
  const authServer = runAuthServer(fixture)
  const resourceServer = runResourceServer(fixture)
  await untilReady(authServer, fixture.authServer)
  await untilReady(resourceServer, fixture.resourceServer)
  return { authServer, resourceServer }
}

/** Asks for alice's token with a password. */
export async function signIn(
  { authServer }: Fixture,
  password: string,
): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
  const body = new URLSearchParams({ grant_type: 'password', username: 'alice', password })
  const response = await fetch(`${authServer}/token`, { method: 'POST', body })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Reads the profile with an access token. */
export async function readProfile(
  { resourceServer }: Fixture,
  accessToken: unknown,
): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${accessToken}` }
  const response = await fetch(`${resourceServer}/users/me`, { headers })
  return { status: response.status, body: await response.json() }
}
