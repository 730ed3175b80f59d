import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startService as start } from './support/start-service.ts'

function get(port: number, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; headers: object; body: string }>((resolve, reject) => {
    const sent = request({ port, path, headers, agent: false }, async (response) => {
      const body = (await response.toArray()).join('')
      resolve({ status: response.statusCode, headers: response.headers, body })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a service that is asked to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what is in flight, closes in order and exits 0 on %s',
    async (signal) => {
      const service = await start()
      const inFlight = get(service.port, '/slow')
      while (!service.output().includes('slow request began')) await once(service.child.stdout, 'data')

      service.child.kill(signal)
      const answer = await inFlight

      expect(answer).toMatchObject({ status: 200, body: 'done' })
      expect(await service.exit).toBe(0)
      expect(service.output()).toMatch(/first closed\n(.*\n)*second closed\n/)
    },
  )

  it('does not mind a second signal', async () => {
    const service = await start()
    const inFlight = get(service.port, '/slow')
    while (!service.output().includes('slow request began')) await once(service.child.stdout, 'data')

    service.child.kill('SIGINT')
    service.child.kill('SIGTERM')

    expect((await inFlight).body).toBe('done')
    expect(await service.exit).toBe(0)
  })

  it('cuts what does not finish in time, and still closes', async () => {
    const service = await start()
    const inFlight = get(service.port, '/never')
    while (!service.output().includes('endless request began')) await once(service.child.stdout, 'data')

    service.child.kill('SIGTERM')

    await expect(inFlight).rejects.toThrow('socket hang up')
    expect(await service.exit).toBe(0)
    expect(service.output()).toContain('second closed')
  })

  it('is not ready from the first moment, for whoever still has a connection', async () => {
    const service = await start()
    const socket = connect(service.port)
    onTestFinished(() => void socket.destroy())
    socket.setEncoding('utf8')
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    while (!service.output().includes('slow request began')) await once(service.child.stdout, 'data')

    service.child.kill('SIGTERM')
    while (!service.output().includes('stopping')) await once(service.child.stdout, 'data')
    socket.write('GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n')
    const received = (await socket.toArray()).join('')

    expect(received).toContain('503 Service Unavailable')
    expect(received).toContain('{"status":"not ready","failed":["stopping"]}')
  })
})

describe('a request that is none', () => {
  it('is answered 431 in our form when its headers are too large [RFC 6585 §5]', async () => {
    const service = await start()

    const answer = await get(service.port, '/livez', { padding: 'x'.repeat(20_000) })

    expect(answer).toMatchObject({
      status: 431,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      },
    })
    expect(JSON.parse(answer.body)).toEqual({
      error: 'invalid_request',
      error_description:
        'The headers of this request are larger than 16 KiB: send a smaller token or fewer cookies.',
    })
  })

  it('is answered 400 in our form when it is not HTTP [RFC 9112 §2.2]', async () => {
    const service = await start()
    const socket = connect(service.port)
    socket.setEncoding('utf8')

    socket.write('hello\r\n\r\n')
    const received = (await socket.toArray()).join('')

    expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(received).toContain(
      '{"error":"invalid_request","error_description":"This is not a well-formed HTTP request."}',
    )
  })
})

describe('an address that is taken', () => {
  it('stops the start with a sentence', async () => {
    const service = await start()

    const second = await start(String(service.port))

    expect(second.output()).toContain(
      `Cannot listen on 127.0.0.1:${service.port}: something else listens there: stop it, or set another port.`,
    )
    expect(await second.exit).toBe(1)
  })
})
