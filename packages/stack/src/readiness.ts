import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type Listener, urlOf } from './derive-settings.ts'

/** The pause between two checks, in milliseconds. Short enough to feel immediate. */
const PAUSE_MS = 100

/** How long to wait for a port to answer, in milliseconds. */
const CONNECT_TIMEOUT_MS = 1000

/** How often a waiting start reports what it waits for, in milliseconds. */
const REPORT_INTERVAL_MS = 10_000

/** A server whose readiness is awaited. */
export interface WaitedFor {
  readonly name: string
  readonly url: string
  /** The setting that decides whether the server listens at all: what the server itself waits for before it listens. */
  readonly setting: string
}

/** The setting behind each readiness check of the servers. */
const SETTING_OF_CHECK: Readonly<Record<string, string>> = {
  database: 'AUTH_DATABASE_URL',
  signing_key: 'AUTH_KEY_ENCRYPTION_SECRET',
  key_set: 'RESOURCE_ISSUER',
}

/**
 * Resolves to true when every server has answered that it is ready, and to false when it is time to stop. Checks one
 * server after another, because the first one is the one that the others wait for. Reports every ten seconds what it
 * waits for, and the setting behind that.
 */
export async function waitUntilReady(
  servers: readonly WaitedFor[],
  stopping: AbortSignal,
  say: (sentence: string) => void,
  sayEvery: number = REPORT_INTERVAL_MS,
): Promise<boolean> {
  for (const server of servers) {
    let said = performance.now()
    while (!stopping.aborted) {
      const obstacle = await findObstacle(server, stopping)
      if (obstacle === undefined) break
      if (performance.now() - said >= sayEvery) {
        said = performance.now()
        say(`Waiting for the ${server.name} at ${server.url}: ${obstacle}.`)
      }
      await setTimeout(PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
  return !stopping.aborted
}

/**
 * True when another process already listens there. The servers detect this themselves. But until they do, the other
 * process would answer for them, and two curl lines would be printed for a stack that is not ours.
 */
export function isTaken(listener: Listener): Promise<boolean> {
  const url = urlOf(listener)
  // An invalid port: the server reports it, with all other problems with its settings.
  if (!URL.canParse(url)) return Promise.resolve(false)
  const { hostname, port } = new URL(url)

  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      timeout: CONNECT_TIMEOUT_MS,
    })
    const answer = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', () => answer(true))
    socket.once('timeout', () => answer(false))
    socket.once('error', () => answer(false))
  })
}

/** What keeps a server from being ready, as the end of a sentence. */
async function findObstacle({ url, setting }: WaitedFor, stopping: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: stopping })
    const body = await response.text()
    return response.status === 200 ? undefined : `not ready (${checksIn(body).map(described).join(', ')})`
  } catch {
    // The server does not listen yet, or is about to end. If it ends, the process itself reports that.
    return `it does not listen yet (see ${setting})`
  }
}

function described(check: string): string {
  const setting = SETTING_OF_CHECK[check]
  return setting === undefined ? check : `${check}: see ${setting}`
}

function checksIn(body: string): readonly string[] {
  const { failed } = JSON.parse(body) as { readonly failed?: readonly string[] }
  return failed ?? []
}
