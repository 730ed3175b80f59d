import { extname } from 'node:path'
import { Piscina } from 'piscina'
import { overloaded } from './overloaded.ts'
import type { Verification, VerifyTask } from './password-hasher.worker.ts'

/** Beside this file, as a source or as built. */
const WORKER = new URL(`./password-hasher.worker${extname(import.meta.url)}`, import.meta.url).href

/** How many passwords may wait for each thread: at the default cost of 10 the last one waits some three seconds. */
export const WAITING_PER_WORKER = 32

export interface PasswordHasherOptions {
  /** bcrypt's cost: each step doubles the time. */
  readonly cost: number
  readonly workers: number
}

/**
 * Hashes and compares passwords on threads of their own, so that a sign-in storm delays sign-ins and nothing else.
 * Threads start when first needed. Throws `overloaded` when more is asked than the queue takes.
 */
export class PasswordHasher {
  readonly #pool: Piscina
  readonly #cost: number
  readonly #mostWaiting: number

  constructor({ cost, workers }: PasswordHasherOptions) {
    this.#cost = cost
    this.#mostWaiting = workers * WAITING_PER_WORKER
    this.#pool = new Piscina({
      filename: WORKER,
      minThreads: 0,
      maxThreads: workers,
      // Otherwise the pool puts the next in line behind all others whenever a thread takes one, and some wait for seconds.
      stricterFIFO: true,
      // A thread costs memory: it goes when no one has signed in for a minute.
      idleTimeout: 60_000,
      // bcrypt would take every core it is given; signatures and documents come first.
      niceIncrement: 10,
    })
  }

  /** Compares a password with a stored hash; the hash to store instead comes with it when that one is cheaper. */
  async verify(
    password: string,
    stored: { readonly hash: string; readonly account: 'enabled' | 'disabled' },
  ): Promise<Verification> {
    const task: VerifyTask = { password, ...stored, cost: this.#cost }
    return this.#run('verify', task)
  }

  /** Takes as long as a comparison that fails. */
  async pretend(password: string): Promise<Verification> {
    return this.#run('pretend', { password, cost: this.#cost })
  }

  /** Hashes a new password, one that `passwordProblem` finds nothing wrong with. */
  async hash(password: string): Promise<string> {
    return this.#run('hash', { password, cost: this.#cost })
  }

  /** How many passwords wait for a thread. */
  queueLength(): number {
    return this.#pool.queueSize
  }

  /** Lets what runs finish, then ends the threads. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #run(name: 'verify' | 'pretend' | 'hash', task: object) {
    if (this.#pool.queueSize >= this.#mostWaiting) throw overloaded()
    return this.#pool.run(task, { name })
  }
}
