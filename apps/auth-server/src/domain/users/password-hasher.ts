import { extname } from 'node:path'
import { Piscina } from 'piscina'
import { FairQueue } from './fair-queue.ts'
import type { Verification, VerifyTask } from './password-hasher.worker.ts'
import { overloaded } from './sign-in-throttle.ts'

/** Beside this file, as a source or as built. */
const WORKER = new URL(`./password-hasher.worker${extname(import.meta.url)}`, import.meta.url).href

/** Whom new passwords are hashed for: an operator, who comes over no network. */
const OURS = 'ours'

/** How many passwords may wait for each thread: at the default cost of 10 the last one waits some three seconds. */
export const WAITING_PER_WORKER = 32

export interface PasswordHasherOptions {
  /** bcrypt's cost: each step doubles the time. */
  readonly cost: number
  readonly workers: number
}

/**
 * Hashes and compares passwords on threads of their own, so that a sign-in storm delays sign-ins and nothing else.
 * Threads start when first needed. Networks take turns; `overloaded` is thrown at the one that asks for most when more is
 * asked than may wait.
 */
export class PasswordHasher {
  readonly #pool: Piscina
  readonly #cost: number
  readonly #queue: FairQueue

  constructor({ cost, workers }: PasswordHasherOptions) {
    this.#cost = cost
    this.#queue = new FairQueue({
      places: workers,
      mostWaiting: workers * WAITING_PER_WORKER,
      refusal: overloaded,
    })
    this.#pool = new Piscina({
      filename: WORKER,
      minThreads: 0,
      maxThreads: workers,
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
    network: string,
  ): Promise<Verification> {
    const task: VerifyTask = { password, ...stored, cost: this.#cost }
    return this.#queue.run(network, () => this.#pool.run(task, { name: 'verify' }))
  }

  /** Takes as long as a comparison that fails. */
  async dummyVerify(password: string, network: string): Promise<Verification> {
    const task = { password, cost: this.#cost }
    return this.#queue.run(network, () => this.#pool.run(task, { name: 'dummyVerify' }))
  }

  /** Hashes a new password, one that `passwordProblem` finds nothing wrong with. */
  async hash(password: string): Promise<string> {
    return this.#queue.run(OURS, () => this.#pool.run({ password, cost: this.#cost }, { name: 'hash' }))
  }

  /** How many passwords wait for a thread. */
  queueLength(): number {
    return this.#queue.length
  }

  /** Lets what runs finish, then ends the threads. */
  async close(): Promise<void> {
    await this.#pool.close()
  }
}
