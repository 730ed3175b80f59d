import { resolve } from 'node:path'
import type { Variables } from './environment.ts'

/** The bootstrap file that stands in when there is no other. */
const DEMO_FILE = 'apps/auth-server/demo.json'
const DEMO_CLIENT = 'demo'

/** Where the server keeps its data when it is not told. */
const DATABASE = 'sqlite:./data/auth.db'

/** Where one of the servers listens. */
export interface Listener {
  readonly host: string
  readonly port: string
}

/** What both servers are told beyond the variables there are, and what the start says of it. */
export interface StackSettings {
  /** The variables that make two servers one stack; none of them was set before. */
  readonly derived: Readonly<Record<string, string>>
  readonly authServer: Listener
  readonly resourceServer: Listener
  /** True when the data is the demo's: alice is there. */
  readonly demo: boolean
  /** The client that a sign-in without any is treated as. */
  readonly defaultClient: string | undefined
  /** Where the data lives, in words; never with a password in it. */
  readonly dataLocation: string
  /** The file the data lives in, when it is one and the settings say which. */
  readonly databaseFile: string | undefined
}

/** Lets the two servers find one another: whatever is not set follows from what is, the ports above all. */
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
    // What the server takes for its issuer by itself need not be said.
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

/** True when nobody but this machine can reach what listens there. */
export function isOnLoopback({ host }: Listener): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** The `http` name of a listener, which can only be one on loopback; where it listens elsewhere, that of every machine. */
function loopbackNameOf(listener: Listener): string {
  return isOnLoopback(listener) ? urlOf(listener) : `http://127.0.0.1:${listener.port}`
}

/** False only where the name was made up here and the server listens at one other address. */
function listensAtItsName(issuer: string, authServer: Listener, variables: Variables): boolean {
  const isEverywhere = authServer.host === '0.0.0.0' || authServer.host === '::'
  const isNamed = variables.AUTH_ISSUER !== undefined || variables.RESOURCE_ISSUER !== undefined
  return isNamed || isEverywhere || issuer === urlOf(authServer)
}

/** The address by which this machine reaches a listener: one that takes every address is reached on loopback. */
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
