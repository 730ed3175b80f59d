import { createMetrics } from '@countersign/http-service'
import { describe, expect, it } from 'vitest'
import { addGauges } from '../../src/metrics.ts'
import { addOrdinaryRows } from '../support/rows.ts'
import { startTestServer } from '../support/test-server.ts'

async function startMeasured() {
  const metrics = await createMetrics()
  const server = await startTestServer({ metrics })
  await addOrdinaryRows(server)
  addGauges(metrics, server)
  const linesOf = async (prefix: string) => {
    const text = await metrics.registry.metrics()
    return text.split('\n').filter((line) => line.startsWith(prefix))
  }
  return { ...server, linesOf }
}

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }

describe('the metrics', () => {
  it('count the tokens issued by grant type, and the refusals by endpoint and reason', async () => {
    const { post, get, linesOf } = await startMeasured()

    await post('/token', SIGN_IN)
    await post('/token', SIGN_IN)
    await post('/token', { ...SIGN_IN, password: 'wrong' })
    await post('/token', { grant_type: 'made-up', client_id: 'app' })
    await get('/nowhere')

    expect(await linesOf('oauth_')).toEqual([
      'oauth_tokens_issued_total{grant_type="password"} 2',
      'oauth_errors_total{endpoint="/token",error="invalid_grant"} 1',
      'oauth_errors_total{endpoint="/token",error="unsupported_grant_type"} 1',
      'oauth_errors_total{endpoint="(no route)",error="not_found"} 1',
    ])
  })

  it('tell how long the active key has been signing, and how many passwords wait', async () => {
    const { clock, linesOf } = await startMeasured()

    clock.advance(90)

    expect(await linesOf('signing_key_age_seconds')).toEqual(['signing_key_age_seconds 90'])
    expect(await linesOf('password_hash_queue_length')).toEqual(['password_hash_queue_length 0'])
  })
})
