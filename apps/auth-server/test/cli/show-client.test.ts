import { systemClock } from '@countersign/shared'
import { expect, it } from 'vitest'
import type { ClientAuthentication } from '../../src/domain/clients/client.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { aClient } from '../support/rows.ts'
import { openCli } from './support.ts'
import { runInProcess } from './support-in-process.ts'

const HASH = '0'.repeat(64)

async function shown(authentication: ClientAuthentication) {
  const { db, path } = await openCli()
  await saveClient(db, { ...aClient({ id: 'web' }), authentication }, { now: 1, demo: 0 })
  const env = { AUTH_DATABASE_URL: `sqlite:${path}` }
  const { stdout } = await runInProcess(['clients', 'show', 'web'], { env })
  const json = JSON.parse((await runInProcess(['clients', 'show', 'web', '--json'], { env })).stdout)
  return { stdout, json }
}

it('shows the keys a client proves itself by', async () => {
  const keys = [{ kty: 'EC', kid: 'one' }, { kty: 'RSA' }]

  const { stdout, json } = await shown({ kind: 'keys', jwks: { keys } })

  expect(stdout).toMatch(/\nauthentication +private_key_jwt\nkey +one \(EC\)\nkey +without a kid \(RSA\)\n$/)
  expect(json).toMatchObject({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys } })
})

it('shows an old secret for as long as it counts', async () => {
  const until = systemClock() + 3600

  const kept = await shown({ kind: 'secret', hash: HASH, previous: { hash: HASH, until } })
  const over = await shown({ kind: 'secret', hash: HASH, previous: { hash: HASH, until: until - 7200 } })

  expect(kept.stdout).toMatch(/\nauthentication +client_secret_basic\nold secret +counts until 20.+Z\n$/)
  expect(kept.json).toMatchObject({ previous_client_secret_expires_at: until })
  expect(over.stdout).toMatch(/\nauthentication +client_secret_basic\n$/)
  expect(over.json).not.toHaveProperty('previous_client_secret_expires_at')
})
