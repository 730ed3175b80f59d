import { ConfigError } from '@countersign/settings'
import { expect, it } from 'vitest'
import { readConfig } from './config.ts'

const read = (env: Record<string, string>) => readConfig({ root: '/srv', env })

it('needs no settings on one machine', () => {
  expect(read({})).toEqual({
    host: '127.0.0.1',
    port: 8001,
    issuer: 'http://127.0.0.1:8000',
    audience: 'http://127.0.0.1:8001',
    issuerAddress: 'http://127.0.0.1:8000',
    keySetMaxStale: 86_400,
    status: 'check',
    keepAlive: 65,
    drainDelay: 0,
    metricsPort: undefined,
    logLevel: 'info',
  })
})

it('names itself by its port, and asks the issuer where its name says', () => {
  expect(read({ RESOURCE_PORT: '9001', RESOURCE_ISSUER: 'https://auth.example.com' })).toMatchObject({
    audience: 'http://127.0.0.1:9001',
    issuerAddress: 'https://auth.example.com',
  })
})

it('takes an issuer address without TLS, as container networks have', () => {
  const env = { RESOURCE_ISSUER: 'https://auth.example.com', RESOURCE_ISSUER_ADDRESS: 'http://auth:8000' }

  expect(read(env).issuerAddress).toBe('http://auth:8000')
})

it('lists all problems at once', () => {
  const env = {
    RESOURCE_PORT: '0',
    RESOURCE_ISSUER: 'http://auth.example.com/',
    RESOURCE_AUDIENCE: 'api',
    RESOURCE_ISSUER_ADDRESS: 'http://auth:8000/tokens',
    RESOURCE_KEY_SET_MAX_STALE: '1',
    RESOURCE_STATUS: 'required',
    RESOURCE_LOG_LEVEL: 'loud',
  }

  expect(() => read(env)).toThrow(
    new ConfigError([
      'RESOURCE_PORT must be a whole number from 1 to 65535.',
      'RESOURCE_ISSUER must begin with https:// ' + '(http is only for localhost, 127.0.0.0/8 and [::1]).',
      'RESOURCE_AUDIENCE is not an absolute URI: write it like https://api.example.com.',
      'RESOURCE_ISSUER_ADDRESS must be an origin and nothing more: write it as http://auth:8000.',
      'RESOURCE_KEY_SET_MAX_STALE must be a time like 45s, 30m, 12h or 90d.',
      'RESOURCE_STATUS must be one of check, ignore.',
      'RESOURCE_LOG_LEVEL must be one of fatal, error, warn, info, debug, silent.',
    ]),
  )
})

it('has a port of its own for the metrics', () => {
  expect(() => read({ RESOURCE_METRICS_PORT: '8001', RESOURCE_LOG_LEVEL: 'loud' })).toThrow(
    new ConfigError([
      'RESOURCE_LOG_LEVEL must be one of fatal, error, warn, info, debug, silent.',
      'RESOURCE_METRICS_PORT must not be RESOURCE_PORT: the metrics have a port of their own.',
    ]),
  )
})
