import type { Socket } from 'node:net'

/** What an attacker does with a new connection. It may write at any time and need not read. */
export type Attack = (socket: Socket) => void

const HEAD = 'host: x\r\ncontent-type: application/x-www-form-urlencoded\r\n'
const TINY_GET = 'GET /livez HTTP/1.1\r\nhost:x\r\n\r\n'
const FORM = 'grant_type=password&username=alice&password=wrong'
const WRONG_PASSWORD = `POST /token HTTP/1.1\r\n${HEAD}content-length: ${FORM.length}\r\n\r\n${FORM}`
const TINY_HEADERS = Array.from({ length: 1900 }, (_, n) => `a${n % 10}:\r\n`).join('')

/** A body in which every byte is its own chunk, without the last chunk. */
const TINY_CHUNKS = '1\r\na\r\n'.repeat(60_000)

/** The first half of some gzip data. */
const GZIP_BEGINNING = Buffer.from('H4sIAAAAAAAAA0vOzytOLS5RKEktLuECAA==', 'base64').subarray(0, 20)

/** The ways to occupy a connection, or to make the server use memory, by name. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  idle: () => {},
  heads: (socket) => void socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nx-half:'),
  'large heads': (socket) =>
    void socket.write(`GET /livez HTTP/1.1\r\nhost: x\r\nx-half: ${'x'.repeat(16_000)}`),
  'tiny headers': (socket) =>
    void socket.write(`POST /token HTTP/1.1\r\n${HEAD}content-length: 9\r\n${TINY_HEADERS}\r\n`),
  junk: (socket) => void socket.write('junk\r\n\r\n'.repeat(1000)),
  bodies: (socket) =>
    void socket.write(`POST /token HTTP/1.1\r\n${HEAD}content-length: 65536\r\n\r\n${'a'.repeat(65_535)}`),
  'unwanted bodies': (socket) =>
    void socket.write(`GET /livez HTTP/1.1\r\n${HEAD}content-length: 9999999\r\n\r\n${'a'.repeat(500_000)}`),
  'gzip bodies': (socket) => {
    socket.write(`POST /token HTTP/1.1\r\n${HEAD}content-encoding: gzip\r\ncontent-length: 65536\r\n\r\n`)
    socket.write(GZIP_BEGINNING)
  },
  'tiny chunks': (socket) =>
    void socket.write(`POST /token HTTP/1.1\r\n${HEAD}transfer-encoding: chunked\r\n\r\n${TINY_CHUNKS}`),
  'slow bodies': (socket) => {
    socket.write(`POST /token HTTP/1.1\r\n${HEAD}content-length: 65536\r\n\r\n`)
    everySoOften(socket, () => socket.write('a'))
  },
  pipelined: (socket) => {
    socket.pause()
    keepWriting(socket, TINY_GET.repeat(2200))
  },
  'pipelined headers': (socket) => {
    socket.pause()
    keepWriting(socket, `GET /livez HTTP/1.1\r\nhost:x\r\n${'a:\r\n'.repeat(90)}\r\n`.repeat(150))
  },
  'pipelined forms': (socket) => {
    socket.pause()
    keepWriting(socket, WRONG_PASSWORD.repeat(300))
  },
  'pipelined chunks': (socket) => {
    socket.pause()
    keepWriting(
      socket,
      `POST /livez HTTP/1.1\r\n${HEAD}transfer-encoding: chunked\r\n\r\n${TINY_CHUNKS}0\r\n\r\n`,
    )
  },
  'wrong tokens': (socket) => {
    socket.pause()
    keepWriting(
      socket,
      `GET /users/me HTTP/1.1\r\nhost:x\r\nauthorization: Bearer ${'a.'.repeat(3000)}\r\n\r\n`.repeat(10),
    )
  },
  requests: (socket) => askAgainAndAgain(socket, TINY_GET),
  passwords: (socket) => askAgainAndAgain(socket, WRONG_PASSWORD),
  'large forms': (socket) =>
    askAgainAndAgain(
      socket,
      `POST /token HTTP/1.1\r\n${HEAD}content-length: 65536\r\n\r\n${'a=1&'.repeat(16_384)}`,
    ),
  'unread documents': (socket) => {
    socket.pause()
    keepWriting(socket, 'GET /openapi.json HTTP/1.1\r\nhost:x\r\n\r\n'.repeat(60))
  },
  'half-closed': (socket) => void socket.end('GET /livez HTTP/1.1\r\nhost: x\r\n'),
  churn: (socket) => void socket.end(TINY_GET),
  'password churn': (socket) => void socket.end(WRONG_PASSWORD),
  'open and close': (socket) => void socket.destroy(),
  'open and reset': (socket) => void socket.resetAndDestroy(),
  'ask and reset': (socket) => void socket.write(TINY_GET, () => socket.resetAndDestroy()),
  mixed: (socket) => {
    const others = Object.entries(ATTACKS).filter(([name]) => name !== 'mixed')
    others[Math.floor(Math.random() * others.length)]?.[1](socket)
  },
}

function everySoOften(socket: Socket, write: () => void): void {
  const timer = setInterval(write, 100)
  socket.once('close', () => clearInterval(timer))
}

/** Sends a request, and sends it again after each answer. */
function askAgainAndAgain(socket: Socket, request: string): void {
  socket.write(request)
  socket.on('data', () => socket.write(request))
}

/** Writes without end, as fast as the server reads. */
function keepWriting(socket: Socket, text: string): void {
  const bytes = Buffer.from(text)
  const write = (): void => {
    if (!socket.destroyed) socket.write(bytes, () => setImmediate(write))
  }
  write()
}
