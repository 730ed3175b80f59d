import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from './listen.ts'
import { createLogger } from './logger.ts'

it('logs what goes wrong after the start, and goes on', async () => {
  const lines: string[] = []
  const logger = createLogger({
    name: 'test',
    level: 'info',
    format: 'json',
    destination: { write: (line: string) => void lines.push(line) },
  })
  const server = createServer()
  onTestFinished(() => void server.close())
  await listen(server, { host: '127.0.0.1', port: 0, logger })

  server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))

  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'error', msg: 'a connection could not be taken' }),
  ])
  expect(server.listening).toBe(true)
})
