import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { ListenError, listen } from './listen.ts'
import { createLogger } from './logger.ts'

const silent = createLogger({ name: 'test', level: 'silent', format: 'json' })

it('logs what goes wrong after the start, and goes on', async () => {
  const lines: string[] = []
  const logger = createLogger({
    name: 'test',
    level: 'info',
    format: 'json',
    destination: { write: (line: string) => void lines.push(line) },
  })
  const server = createServer()
  const { close } = await listen(server, { host: '127.0.0.1', port: 0, logger })
  onTestFinished(close)

  server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))

  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'error', msg: 'a connection could not be taken' }),
  ])
  expect(server.listening).toBe(true)
})

it('takes many connections in one turn of the event loop, so that a burst does not keep others waiting', async () => {
  const server = createServer()
  const { address, close } = await listen(server, { host: '127.0.0.1', port: 0, logger: silent })
  onTestFinished(close)
  let taken = 0
  server.on('connection', (socket) => {
    taken += 1
    socket.destroy()
  })

  const sockets = Array.from({ length: 200 }, () => connect(address.port, '127.0.0.1').on('error', () => {}))
  let turns = 0
  while (taken < sockets.length) {
    await new Promise(setImmediate)
    turns += 1
  }

  expect(turns).toBeLessThan(100)
})

it('gives up all of its port when it closes', async () => {
  const { address, close } = await listen(createServer(), { host: '127.0.0.1', port: 0, logger: silent })

  await close()

  const other = createTcpServer().listen(address.port, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
})

it('is refused the port of another server of ours', async () => {
  const { address, close } = await listen(createServer(), { host: '127.0.0.1', port: 0, logger: silent })
  onTestFinished(close)

  const second = listen(createServer(), { host: '127.0.0.1', port: address.port, logger: silent })

  await expect(second).rejects.toThrow(
    new ListenError(
      `Cannot listen on 127.0.0.1:${address.port}: something else listens there: stop it, or set another port.`,
    ),
  )
})
