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

/** The answers to a client that asked again and again. */
export interface Answers {
  readonly answered: number
  readonly failed: number
  /** In milliseconds. */
  readonly median: number
  readonly slowest: number
}

/** What a client at another address saw of a server under attack. */
export interface Outcome {
  /** With a new connection for each request. */
  readonly anew: Answers
  /** On a connection opened before the attack. */
  readonly kept: Answers
  /** The highest resident memory seen, in bytes. */
  readonly memory: number
}

const ATTACKER = join(import.meta.dirname, 'attacker.ts')

/** As many as the server accepts. */
const CONNECTIONS = 2048

/** A priority as `nice` counts it. */
const LOW_PRIORITY = 10

/** How long the client waits for an answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000

/**
 * Attacks a server from 20 addresses with as many connections as it accepts, and meanwhile sends it requests from another
 * address.
 */
export async function laySiege({ pid, port, attack, seconds }: Siege): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await ask(port, agent)
  const args = ['--conditions=countersign-source', ATTACKER, String(port), attack, String(CONNECTIONS)]
  const attacker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(attacker, 'exit')
  // A real attacker is on another machine. Here it must not take processor time from the client or the server.
  if (attacker.pid !== undefined) setPriority(attacker.pid, LOW_PRIORITY)
  let memory = 0
  const watch = setInterval(() => {
    memory = Math.max(memory, readUsage(pid)?.memory ?? 0)
  }, 20)
  try {
    // The burst that opens all connections is a part of the attack.
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

/** Sends requests to a server one after another, on the connection of an agent or each on a new connection. */
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

/** How long an answer took, in milliseconds; `undefined` when there was no answer. */
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
