import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setPriority } from 'node:os'
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

/** How somebody was answered who asked again and again. */
export interface Answers {
  readonly answered: number
  readonly failed: number
  /** In milliseconds. */
  readonly median: number
  readonly slowest: number
}

/** What somebody from another address saw of a server that was attacked. */
export interface Outcome {
  /** With a connection of its own for each request. */
  readonly anew: Answers
  /** On a connection from before the attack. */
  readonly kept: Answers
  /** The most resident memory seen, in bytes. */
  readonly memory: number
}

const ATTACKER = join(import.meta.dirname, 'attacker.ts')

/** As many as there are places. */
const CONNECTIONS = 2048

/** As `nice` does. */
const LOW_PRIORITY = 10

/** How long the one who asks waits, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000

/** Attacks a server from 20 addresses on all its places, and asks it from another address meanwhile. */
export async function laySiege({ pid, port, attack, seconds }: Siege): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await ask(port, agent)
  const args = ['--conditions=countersign-source', ATTACKER, String(port), attack, String(CONNECTIONS)]
  const attacker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(attacker, 'exit')
  // An attacker is elsewhere: it must not take the time of whoever asks, or of the server, by being on the same machine.
  if (attacker.pid !== undefined) setPriority(attacker.pid, LOW_PRIORITY)
  let memory = 0
  const watch = setInterval(() => {
    memory = Math.max(memory, readUsage(pid)?.memory ?? 0)
  }, 20)
  try {
    // The burst in which all of them are made is a part of the attack.
    await once(attacker.stdout, 'data')
    const [anew, kept] = await Promise.all([askFor(seconds, port), askFor(seconds, port, agent)])
    return { anew, kept, memory }
  } finally {
    clearInterval(watch)
    agent.destroy()
    attacker.kill('SIGKILL')
    await gone
  }
}

/** Asks a server again and again, on the connection of an agent or each time anew. */
export async function askFor(seconds: number, port: number, agent?: Agent): Promise<Answers> {
  const times: (number | undefined)[] = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    times.push(await ask(port, agent))
    await pause(50)
  }
  const answered = times.filter((time) => time !== undefined).sort((a, b) => a - b)
  return {
    answered: answered.length,
    failed: times.length - answered.length,
    median: answered[answered.length >> 1] ?? Number.NaN,
    slowest: answered.at(-1) ?? Number.NaN,
  }
}

/** How long an answer took, in milliseconds; `undefined` when there was none. */
function ask(port: number, agent: Agent | false = false): Promise<number | undefined> {
  const start = performance.now()
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', localAddress: '127.0.0.1', path: '/livez', agent }
    const sent = get({ ...options, timeout: ANSWER_TIMEOUT_MS }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200 ? performance.now() - start : undefined))
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('close', () => resolve(undefined))
    sent.on('error', () => resolve(undefined))
  })
}
