import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readUsage } from '../process/usage.ts'

export interface Siege {
  readonly pid: number
  readonly port: number
  /** The name of an attack. */
  readonly attack: string
  readonly seconds: number
}

/** What somebody from another address saw of a server that was attacked. */
export interface Outcome {
  readonly answered: number
  readonly failed: number
  /** In milliseconds. */
  readonly median: number
  readonly slowest: number
  /** The most resident memory seen, in bytes. */
  readonly memory: number
}

const ATTACKER = join(import.meta.dirname, 'attacker.ts')

/** A few more than there are places. */
const CONNECTIONS = 2100

/** How long the one who asks waits, in milliseconds. */
const PATIENCE = 10_000

/** Attacks a server from 20 addresses on all its places, and asks it from another address meanwhile, each time anew. */
export async function laySiege({ pid, port, attack, seconds }: Siege): Promise<Outcome> {
  const args = ['--conditions=countersign-source', ATTACKER, String(port), attack, String(CONNECTIONS)]
  const attacker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(attacker, 'exit')
  let memory = 0
  const watch = setInterval(() => {
    memory = Math.max(memory, readUsage(pid)?.memory ?? 0)
  }, 20)
  try {
    await Promise.race([once(attacker.stdout, 'data'), pause(PATIENCE)])
    const times: (number | undefined)[] = []
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) {
      times.push(await ask(port))
      await pause(50)
    }
    const answered = times.filter((time) => time !== undefined).sort((a, b) => a - b)
    return {
      answered: answered.length,
      failed: times.length - answered.length,
      median: answered[answered.length >> 1] ?? Number.NaN,
      slowest: answered.at(-1) ?? Number.NaN,
      memory,
    }
  } finally {
    clearInterval(watch)
    attacker.kill('SIGKILL')
    await gone
  }
}

/** How long an answer took, in milliseconds; `undefined` when there was none. */
function ask(port: number): Promise<number | undefined> {
  const start = performance.now()
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', localAddress: '127.0.0.1', path: '/livez', agent: false }
    const sent = get({ ...options, timeout: PATIENCE }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200 ? performance.now() - start : undefined))
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('close', () => resolve(undefined))
    sent.on('error', () => resolve(undefined))
  })
}
