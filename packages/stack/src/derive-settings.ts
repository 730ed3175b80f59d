import { resolve } from 'node:path'
import type { Variables } from './environment.ts'

/** The bootstrap file when none is set. */
const DEMO_FILE = 'apps/auth-server/demo.json'
const DEMO_CLIENT = 'demo'

/** The server's default database. */
const DATABASE = 'sqlite:./data/auth.db'

export interface Listener {
  readonly host: string
  readonly port: string
}

/** The settings of both servers beyond the variables that are set, and what the start prints about them. */
export interface StackSettings {
  /** The variables that connect the two servers. None of them was set before. */
  readonly derived: Readonly<Record<string, string>>
  readonly authServer: Listener
  readonly resourceServer: Listener
  /** True when the data is that of the demo, so the user alice exists. */
  readonly demo: boolean
  /** The client that applies to a sign-in that names none. */
  readonly defaultClient: string | undefined
  /** Where the data is, in words. Never contains a password. */
  readonly dataLocation: string
  /** The file of the data, when it is one file and the settings name it. */
  readonly databaseFile: string | undefined
}

/** Connects the two servers: derives what is not set, above all the ports, from what is set. */
export function deriveSettings(variables: Variables, root: string): StackSettings {
  const authServer = listener(variables, 'AUTH', '8000')
  const resourceServer = listener(variables, 'RESOURCE', '8001')
  const issuer = variables.AUTH_ISSUER ?? loopbackNameOf(authServer)
  const audience = variables.RESOURCE_AUDIENCE ?? loopbackNameOf(resourceServer)
  const bootstrapFile = variables.AUTH_BOOTSTRAP_FILE ?? DEMO_FILE
  const demo = resolve(root, bootstrapFile) === resolve(root, DEMO_FILE)
  const defaultClient = variables.AUTH_DEFAULT_CLIENT ?? (demo ? DEMO_CLIENT : undefined)

  const wanted: Variables = {
    AUTH_PORT: authServer.port,
    RESOURCE_PORT: resourceServer.port,
    // The server's own default issuer need not be set.
    AUTH_ISSUER: issuer === `http://127.0.0.1:${authServer.port}` ? undefined : issuer,
    RESOURCE_ISSUER: issuer,
    RESOURCE_ISSUER_ADDRESS: listensAtItsName(issuer, authServer, variables) ? undefined : urlOf(authServer),
    RESOURCE_AUDIENCE: audience,
    AUTH_DEFAULT_AUDIENCE: audience,
    AUTH_BOOTSTRAP_FILE: bootstrapFile,
    AUTH_DEFAULT_CLIENT: defaultClient,
  }
  const derived: Record<string, string> = {}
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined && variables[name] === undefined) derived[name] = value
  }
  return {
    derived,
    authServer,
    resourceServer,
    demo,
    defaultClient,
    dataLocation: dataOf(variables, root),
    databaseFile: databaseFileOf(variables, root),
  }
}

/** True when only this machine can reach the listener. */
export function isOnLoopback({ host }: Listener): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** The `http` URL of a listener on loopback. For a listener elsewhere, `http://127.0.0.1` and its port. */
function loopbackNameOf(listener: Listener): string {
  return isOnLoopback(listener) ? urlOf(listener) : `http://127.0.0.1:${listener.port}`
}

/** False only where the issuer was derived here and the server listens only on another address. */
function listensAtItsName(issuer: string, authServer: Listener, variables: Variables): boolean {
  const isEverywhere = authServer.host === '0.0.0.0' || authServer.host === '::'
  const isNamed = variables.AUTH_ISSUER !== undefined || variables.RESOURCE_ISSUER !== undefined
  return isNamed || isEverywhere || issuer === urlOf(authServer)
}

/** The URL by which this machine reaches a listener. A listener on all addresses is reached on loopback. */
export function urlOf({ host, port }: Listener): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function listener(variables: Variables, server: 'AUTH' | 'RESOURCE', port: string): Listener {
  return {
    host: variables[`${server}_HOST`] ?? '127.0.0.1',
    port: variables[`${server}_PORT`] ?? port,
  }
}

function dataOf(variables: Variables, root: string): string {
  if (variables.AUTH_DATABASE_URL_FILE) return 'where AUTH_DATABASE_URL_FILE says'
  const url = variables.AUTH_DATABASE_URL ?? DATABASE
  if (url === 'sqlite::memory:') return 'in memory, gone when it stops'
  const file = databaseFileOf(variables, root)
  if (file !== undefined) return file
  if (!URL.canParse(url)) return 'where AUTH_DATABASE_URL says'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

function databaseFileOf(variables: Variables, root: string): string | undefined {
  const url = variables.AUTH_DATABASE_URL ?? DATABASE
  const isFile = !variables.AUTH_DATABASE_URL_FILE && url.startsWith('sqlite:') && url !== 'sqlite::memory:'
  return isFile ? resolve(root, url.slice('sqlite:'.length)) : undefined
}
