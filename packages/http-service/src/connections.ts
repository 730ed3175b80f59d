import type { Socket } from 'node:net'
import { Connection, type Exchange, type Shared, STANDINGS } from './connection.ts'
import { fairTurns } from './fair-turns.ts'
import { networkOf } from './network-of.ts'

export interface ConnectionsOptions {
  readonly most: number
  readonly unreadTimeout: number
  readonly read: (socket: Socket) => void
  readonly begin: (connection: Connection, exchange: Exchange) => void
}

/** How many new connections are read in one turn: what has been sent on each may take some milliseconds to read. */
const MAX_READS_PER_TURN = 8

/**
 * How long one turn may read, in milliseconds: far longer than ordinary requests take. A read may take milliseconds, and
 * two thousand may be due at once.
 */
const MAX_READING_MS = 40

/**
 * The connections of one server. While there is room everybody gets in. When there is none, the network that has most
 * gives way with what it needs least: so whoever holds as many connections as it can get keeps nobody else out.
 */
export class Connections {
  readonly #most: number
  readonly #shared: Shared
  readonly #bySocket = new Map<Socket, Connection>()
  /** Each network's, oldest first. */
  readonly #byNetwork = new Map<string, Set<Connection>>()

  /** Who waits to be read: whoever makes one connection is not behind all those of somebody else. */
  readonly #arrivals = fairTurns<Connection>({
    handOver: (connection) => (connection.standing === 'arriving' ? connection.read() : connection.readOn()),
    isGone: ({ socket }) => socket.destroyed,
    mostPerTurn: MAX_READS_PER_TURN,
  })

  /** When the first was read in this turn. */
  #readingSince: number | undefined

  constructor({ most, ...shared }: ConnectionsOptions) {
    this.#most = most
    this.#shared = { waiting: 0, isDraining: false, onRead: () => this.#watchReading(), ...shared }
  }

  /**
   * Takes a connection in, or closes it when its own network is the one that has to give way and needs all it has. No
   * parser and no timer is made here, so that as many as are closed again can be taken from the system.
   */
  admit(socket: Socket): void {
    const address = socket.remoteAddress
    // Its peer has gone while it waited in the system.
    if (address === undefined) {
      socket.destroy()
      return
    }
    const network = networkOf(address)
    if (this.#bySocket.size >= this.#most && !this.#makeRoom(network)) {
      socket.resetAndDestroy()
      return
    }
    const connection = new Connection(socket, network, this.#shared)
    this.#bySocket.set(socket, connection)
    const ofNetwork = this.#byNetwork.get(network)
    if (ofNetwork) ofNetwork.add(connection)
    else this.#byNetwork.set(network, new Set([connection]))
    socket.once('close', () => this.#forget(connection))
    this.#arrivals.add(network, connection)
  }

  of(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket)
  }

  /** From now on every answer tells its peer to go elsewhere. */
  drain(): void {
    this.#shared.isDraining = true
    for (const connection of this.#bySocket.values()) connection.drain()
  }

  /** Closes all of them at once. */
  cut(): void {
    for (const socket of this.#bySocket.keys()) socket.destroy()
  }

  sweep(now: number): void {
    for (const connection of this.#bySocket.values()) connection.sweep(now)
  }

  /** Puts off what is still to be read in a turn that has read for too long; it is then read as new connections are. */
  #watchReading(): void {
    const now = performance.now()
    if (this.#readingSince === undefined) {
      this.#readingSince = now
      setImmediate(() => {
        this.#readingSince = undefined
      })
    } else if (now - this.#readingSince > MAX_READING_MS) {
      // Once in a turn.
      this.#readingSince = Number.POSITIVE_INFINITY
      for (const connection of this.#bySocket.values()) {
        if (connection.hold()) this.#arrivals.add(connection.network, connection)
      }
    }
  }

  #makeRoom(newcomer: string): boolean {
    const heaviest = this.#heaviest()
    const isHeaviest =
      (this.#byNetwork.get(newcomer)?.size ?? 0) >= (this.#byNetwork.get(heaviest)?.size ?? 0)
    const victim = isHeaviest
      ? this.#leastNeeded(newcomer, ['closing', 'arriving', 'idle'])
      : this.#leastNeeded(heaviest, STANDINGS)
    if (!victim) return false
    victim.socket.destroy()
    // Its socket says so only later, and the next newcomer may be here before.
    this.#forget(victim)
    return true
  }

  #heaviest(): string {
    let heaviest = ''
    let most = 0
    for (const [network, { size }] of this.#byNetwork) {
      if (size > most) [heaviest, most] = [network, size]
    }
    return heaviest
  }

  /** The oldest in the first of these standings that any is in. */
  #leastNeeded(network: string, standings: readonly (typeof STANDINGS)[number][]): Connection | undefined {
    const connections = [...(this.#byNetwork.get(network) ?? [])]
    for (const standing of standings) {
      const found = connections.find((connection) => connection.standing === standing)
      if (found) return found
    }
    return undefined
  }

  #forget(connection: Connection): void {
    this.#bySocket.delete(connection.socket)
    const ofNetwork = this.#byNetwork.get(connection.network)
    ofNetwork?.delete(connection)
    if (ofNetwork?.size === 0) this.#byNetwork.delete(connection.network)
  }
}
