import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { byTurns } from './by-turns.ts'

it('hands over what arrives in one turn together and in order, each with its body', async () => {
  let turn = 0
  let isCounting = true
  const count = (): void => {
    turn += 1
    if (isCounting) setImmediate(count)
  }
  setImmediate(count)
  const handedOver: { path: string | undefined; turn: number }[] = []
  const server = createServer(
    byTurns((request, response) => {
      handedOver.push({ path: request.url, turn })
      request.pipe(response)
    }),
  )
  onTestFinished(() => {
    isCounting = false
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.setEncoding('utf8')
  const post = (path: string, more = '') =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n${more}\r\nabc`
  // One packet, and so one turn: HTTP/1.1 lets a client send the next request before the answer (RFC 9112 §9.3.2).
  socket.write(post('/one') + post('/two', 'connection: close\r\n'))
  const answers = (await socket.toArray()).join('')

  expect(handedOver.map(({ path }) => path)).toEqual(['/one', '/two'])
  expect(handedOver[0]?.turn).toBe(handedOver[1]?.turn)
  expect(answers.match(/abc/g)).toHaveLength(2)
})
