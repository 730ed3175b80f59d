import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type Listener, urlOf } from './derive-settings.ts'

/** In milliseconds; soon enough to feel at once. */
const PAUSE = 100

/** How long a port may keep us waiting, in milliseconds. */
const CONNECT_TIMEOUT = 1000

/**
 * Resolves to true when every server has answered that it is ready, to false when it is time to stop. One after the
 * other: while a server does not listen it logs nothing, and whom it waits for comes first.
 */
export async function waitUntilReady(urls: readonly string[], stopping: AbortSignal): Promise<boolean> {
  for (const url of urls) {
    while (!stopping.aborted && !(await isReady(url, stopping))) {
      await setTimeout(PAUSE, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
  return !stopping.aborted
}

/**
 * True when somebody listens there already. The servers find out themselves; but until they do, whoever listens there
 * would answer for them, and two curl lines would be printed for a stack that is not ours.
 */
export function isTaken(listener: Listener): Promise<boolean> {
  const url = urlOf(listener)
  // A port that is none: the server says so, with all else that is wrong with its settings.
  if (!URL.canParse(url)) return Promise.resolve(false)
  const { hostname, port } = new URL(url)

  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      timeout: CONNECT_TIMEOUT,
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

async function isReady(url: string, stopping: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: stopping })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    // Not listening yet, or about to end: that, the process itself will say.
    return false
  }
}
