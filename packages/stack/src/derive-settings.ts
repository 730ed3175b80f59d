import { resolve } from 'node:path'
import type { Variables } from './environment.ts'

/** The bootstrap file that stands in when there is no other. */
const DEMO_FILE = 'apps/auth-server/demo.json'
const DEMO_CLIENT = 'demo'

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
}

/** Lets the two servers find one another: whatever is not set follows from what is, the ports above all. */
export function deriveSettings(variables: Variables, root: string): StackSettings {
  const authServer = listener(variables, 'AUTH', '8000')
  const resourceServer = listener(variables, 'RESOURCE', '8001')
  const audience = variables.RESOURCE_AUDIENCE ?? `http://127.0.0.1:${resourceServer.port}`
  const bootstrapFile = variables.AUTH_BOOTSTRAP_FILE ?? DEMO_FILE
  const demo = resolve(root, bootstrapFile) === resolve(root, DEMO_FILE)
  const defaultClient = variables.AUTH_DEFAULT_CLIENT ?? (demo ? DEMO_CLIENT : undefined)

  const wanted: Variables = {
    AUTH_PORT: authServer.port,
    RESOURCE_PORT: resourceServer.port,
    RESOURCE_ISSUER: variables.AUTH_ISSUER ?? `http://127.0.0.1:${authServer.port}`,
    RESOURCE_AUDIENCE: audience,
    AUTH_DEFAULT_AUDIENCE: audience,
    AUTH_BOOTSTRAP_FILE: bootstrapFile,
    AUTH_DEFAULT_CLIENT: defaultClient,
  }
  const derived: Record<string, string> = {}
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined && variables[name] === undefined) derived[name] = value
  }
  return { derived, authServer, resourceServer, demo, defaultClient, dataLocation: dataOf(variables, root) }
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
  const url = variables.AUTH_DATABASE_URL ?? 'sqlite:./data/auth.db'
  if (url === 'sqlite::memory:') return 'in memory, gone when it stops'
  if (url.startsWith('sqlite:')) return resolve(root, url.slice('sqlite:'.length))
  if (!URL.canParse(url)) return 'where AUTH_DATABASE_URL says'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
