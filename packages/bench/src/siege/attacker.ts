import { connect } from 'node:net'
import { ATTACKS } from './attacks.ts'

/**
 * A process that attacks a server on loopback: `attacker.ts PORT ATTACK CONNECTIONS`. It keeps that many connections from
 * 20 addresses, replaces each closed connection at once, and prints when it begins.
 */
const [port = '', name = '', connections = ''] = process.argv.slice(2)
const attack = ATTACKS[name]
if (!attack) throw new Error(`there is no attack ${name}`)

const ADDRESSES = Array.from({ length: 20 }, (_, n) => `127.0.0.${n + 2}`)

const open = (n: number): void => {
  const localAddress = ADDRESSES[n % ADDRESSES.length] ?? ''
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress, allowHalfOpen: true }, () =>
    attack(socket),
  )
  // All input is read and discarded, unless the attack pauses reading.
  socket.resume()
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.once('close', () => setImmediate(open, n))
}
process.stdout.write('begins\n')
for (let n = 0; n < Number(connections); n++) open(n)
