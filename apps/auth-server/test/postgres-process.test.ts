import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort, startPostgresCluster } from '@countersign/test-tools/postgres-cluster'
import { expect, it, onTestFinished, vi } from 'vitest'

const MAIN = join(import.meta.dirname, '../src/main.ts')

it('a server process waits for its database at the start, outlives it, and stops cleanly', async () => {
  const cluster = await startPostgresCluster()
  onTestFinished(() => cluster.remove())
  await cluster.createDatabase('auth')
  await cluster.stop()
  const port = await freePort()
  const server = spawn(process.execPath, ['--conditions=countersign-source', MAIN], {
    env: {
      AUTH_PORT: `${port}`,
      AUTH_DATABASE_URL: `${cluster.url}auth`,
      AUTH_KEY_ENCRYPTION_SECRET: Buffer.alloc(32, 7).toString('base64url'),
    },
  })
  onTestFinished(() => void server.kill('SIGKILL'))
  let output = ''
  server.stdout.on('data', (chunk) => (output += chunk))
  server.stderr.on('data', (chunk) => (output += chunk))
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
  const becomes = (status: number) =>
    vi.waitFor(async () => expect(await statusOf('/readyz')).toBe(status), { timeout: 5_000, interval: 50 })

  await vi.waitFor(() => expect(output).toContain('the database does not answer yet: waiting'), 5_000)
  await cluster.start()
  await becomes(200)
  await cluster.stop()
  await becomes(503)
  const alive = await statusOf('/livez')
  await cluster.start()
  await becomes(200)
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')

  expect(alive).toBe(200)
  expect(code).toBe(0)
  expect(output).not.toContain('hunter2')
}, 20_000)
