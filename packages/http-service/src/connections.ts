import type { Socket } from 'node:net'
import { CONNECTION_STATES, Connection, type Exchange, type Shared } from './connection.ts'
import { fairTurns } from './fair-turns.ts'
import { networkOf } from './network-of.ts'

export interface ConnectionsOptions {
  readonly most: number
  readonly unreadTimeout: number
  readonly read: (socket: Socket) => void
  readonly begin: (connection: Connection, exchange: Exchange) => void
}

/** How many new connections are read in one turn. Reading what was sent on one of them may take some milliseconds. */
const MAX_READS_PER_TURN = 8

/**
 * How long one turn may read, in milliseconds. This is far longer than ordinary requests need. One read may take
 * milliseconds, and two thousand reads may be due at once.
 */
const MAX_READING_MS = 40

/**
 * The connections of one server. While there is room, every connection is accepted. When there is none, the network with
 * the most connections loses the one it needs least, so one network that holds many connections cannot keep others out.
 */
export class Connections {
  readonly #most: number
  readonly #shared: Shared
  readonly #bySocket = new Map<Socket, Connection>()
  /** The connections of each network, oldest first. */
  readonly #byNetwork = new Map<string, Set<Connection>>()

  /** Connections that wait to be read. A network with one connection does not wait behind all the connections of another. */
  readonly #arrivals = fairTurns<Connection>({
    handOver: (connection) => (connection.state === 'arriving' ? connection.read() : connection.readOn()),
    isGone: ({ socket }) => socket.destroyed,
    mostPerTurn: MAX_READS_PER_TURN,
  })

  /** The time of the first read in this turn. */
  #readingSince: number | undefined

  constructor({ most, ...shared }: ConnectionsOptions) {
    this.#most = most
    this.#shared = { waiting: 0, isDraining: false, onRead: () => this.#watchReading(), ...shared }
  }

  /**
   * Accepts a connection, or closes it when its own network has the most connections and needs all of them. No parser and
   * no timer is created here, so that the server can accept connections as fast as it closes others.
   */
  admit(socket: Socket): void {
    const address = socket.remoteAddress
    // The peer disconnected while the connection waited in the system's queue.
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

  /** From now on every answer tells its peer to close the connection. */
  drain(): void {
    this.#shared.isDraining = true
    for (const connection of this.#bySocket.values()) connection.drain()
  }

  /** Closes all connections at once. */
  cut(): void {
    for (const socket of this.#bySocket.keys()) socket.destroy()
  }

  sweep(now: number): void {
    for (const connection of this.#bySocket.values()) connection.sweep(now)
  }

  /** When a turn has read for too long, postpones the remaining reads. They are then read in turn, like new connections. */
  #watchReading(): void {
    const now = performance.now()
    if (this.#readingSince === undefined) {
      this.#readingSince = now
      setImmediate(() => {
        this.#readingSince = undefined
      })
    } else if (now - this.#readingSince > MAX_READING_MS) {
      // Postpone only once per turn.
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
      : this.#leastNeeded(heaviest, CONNECTION_STATES)
    if (!victim) return false
    victim.socket.destroy()
    // The socket emits `close` only later, and the next new connection may arrive before that.
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

  /** The oldest connection in the first of these states that has any. */
  #leastNeeded(
    network: string,
    states: readonly (typeof CONNECTION_STATES)[number][],
  ): Connection | undefined {
    const connections = [...(this.#byNetwork.get(network) ?? [])]
    for (const state of states) {
      const found = connections.find((connection) => connection.state === state)
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
