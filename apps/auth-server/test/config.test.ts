import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@countersign/settings'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config/config.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

function problemsOf(env: Record<string, string>, root = '/srv'): readonly string[] {
  try {
    readConfig({ root, env })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the settings', () => {
  it('have defaults that are safe', () => {
    expect(readConfig({ root: '/srv', env: {} })).toEqual({
      host: '127.0.0.1',
      port: 8000,
      issuer: 'http://127.0.0.1:8000',
      database: { kind: 'sqlite', path: '/srv/data/auth.db' },
      keyEncryptionSecret: undefined,
      bootstrapFile: undefined,
      defaultClient: undefined,
      defaultAudience: undefined,
      accessTokenLifetime: 1800,
      refreshTokenLifetime: 2_592_000,
      refreshTokenIdleLifetime: 604_800,
      refreshReuseGrace: 0,
      statusListTtl: 5,
      statusListLifetime: 86_400,
      keySize: 2048,
      keyLifetime: 7_776_000,
      keyPublishLead: 86_400,
      passwordCost: 10,
      passwordWorkers: availableParallelism(),
      trustedProxies: 0,
      corsOrigins: '*',
      keepAlive: 65,
      drainDelay: 0,
      metricsPort: undefined,
      logLevel: 'info',
    })
  })

  it('follow one another: the issuer names the port', () => {
    expect(readConfig({ root: '/srv', env: { AUTH_PORT: '9000' } }).issuer).toBe('http://127.0.0.1:9000')
  })

  it('are read in the units of the domain', () => {
    const config = readConfig({
      root: '/srv',
      env: {
        AUTH_ACCESS_TOKEN_LIFETIME: '2h',
        AUTH_CORS_ORIGINS: 'https://a.example.com,https://b.example.com:8443',
        AUTH_DATABASE_URL: 'sqlite:/var/lib/auth.db',
        AUTH_KEY_ENCRYPTION_SECRET: Buffer.alloc(32, 7).toString('base64url'),
        AUTH_BOOTSTRAP_FILE: './bootstrap.json',
      },
    })

    expect(config.accessTokenLifetime).toBe(7200)
    expect(config.corsOrigins).toEqual(['https://a.example.com', 'https://b.example.com:8443'])
    expect(config.database).toEqual({ kind: 'sqlite', path: '/var/lib/auth.db' })
    expect(config.keyEncryptionSecret).toEqual(Buffer.alloc(32, 7))
    expect(config.bootstrapFile).toBe('/srv/bootstrap.json')
  })

  it('name all their problems at once, and never a secret', () => {
    const problems = problemsOf({
      AUTH_PORT: '0',
      AUTH_ISSUER: 'http://auth.example.com/',
      AUTH_DATABASE_URL: 'mysql://root:hunter2@db',
      AUTH_KEY_ENCRYPTION_SECRET: 'too short',
      AUTH_DEFAULT_AUDIENCE: 'api#1',
      AUTH_ACCESS_TOKEN_LIFETIME: '30',
      AUTH_PASSWORD_COST: '31',
      AUTH_CORS_ORIGINS: 'https://a.example.com, app',
      AUTH_LOG_LEVEL: 'loud',
    })

    expect(problems).toEqual([
      'AUTH_PORT must be a whole number from 1 to 65535.',
      'AUTH_ISSUER must begin with https:// (http is only for localhost, 127.0.0.0/8 and [::1]).',
      'AUTH_DATABASE_URL must be sqlite: and a path, like sqlite:./data/auth.db, or postgres://user:password@host:5432/database.',
      'AUTH_KEY_ENCRYPTION_SECRET must be 32 random bytes in base64url (43 characters): make one with `openssl rand 32 | basenc --base64url | tr -d =`.',
      'AUTH_DEFAULT_AUDIENCE must not have a fragment (#…).',
      'AUTH_ACCESS_TOKEN_LIFETIME must be a time like 45s, 30m, 12h or 90d.',
      'AUTH_PASSWORD_COST must be a whole number from 4 to 16.',
      'AUTH_CORS_ORIGINS must be * or origins like https://app.example.com, and one of these is not.',
      'AUTH_LOG_LEVEL must be one of fatal, error, warn, info, debug, silent.',
    ])
    expect(problems.join()).not.toContain('hunter2')
  })

  it('of the keys fit together', () => {
    expect(problemsOf({ AUTH_KEY_PUBLISH_LEAD: '4s', AUTH_KEY_LIFETIME: '5s' })).toEqual([
      'AUTH_KEY_LIFETIME must be a 90th of AUTH_ACCESS_TOKEN_LIFETIME or more: a key stays published until what it signed has expired, and the key set would grow too large for verifiers.',
      'AUTH_KEY_LIFETIME must be a 90th of AUTH_STATUS_LIST_LIFETIME or more: a key stays published until what it signed has expired, and the key set would grow too large for verifiers.',
    ])
    expect(problemsOf({ AUTH_KEY_PUBLISH_LEAD: '90d' })).toEqual([
      'AUTH_KEY_PUBLISH_LEAD must be shorter than AUTH_KEY_LIFETIME: a key is published while the one before it signs.',
    ])
    expect(problemsOf({ AUTH_KEY_PUBLISH_LEAD: '3s' })).toEqual([
      'AUTH_KEY_PUBLISH_LEAD must be 4s or more: caches may keep the key set for a quarter of it, and cannot keep it for less than a second.',
    ])
    expect(problemsOf({ AUTH_KEY_LIFETIME: 'long', AUTH_KEY_PUBLISH_LEAD: '3s' })).toHaveLength(2)
  })

  it.each([
    [
      { AUTH_STATUS_LIST_TTL: '25h' },
      'AUTH_STATUS_LIST_TTL must not be longer than AUTH_STATUS_LIST_LIFETIME: a list is asked for again before it expires.',
    ],
    [
      { AUTH_REFRESH_TOKEN_IDLE_LIFETIME: '31d' },
      'AUTH_REFRESH_TOKEN_IDLE_LIFETIME must not be longer than AUTH_REFRESH_TOKEN_LIFETIME: no refresh token outlives the sign-in it keeps alive.',
    ],
    [
      { AUTH_ACCESS_TOKEN_LIFETIME: '31d' },
      'AUTH_ACCESS_TOKEN_LIFETIME must not be longer than AUTH_REFRESH_TOKEN_LIFETIME: refreshing would end before there is anything to refresh.',
    ],
    [
      { AUTH_REFRESH_REUSE_GRACE: '8d' },
      'AUTH_REFRESH_REUSE_GRACE must not be longer than AUTH_REFRESH_TOKEN_IDLE_LIFETIME: the successor it gives again would have expired.',
    ],
    [
      { AUTH_METRICS_PORT: '8000' },
      'AUTH_METRICS_PORT must not be AUTH_PORT: the metrics have a port of their own.',
    ],
    [
      { AUTH_DEFAULT_CLIENT: 'two words' },
      'AUTH_DEFAULT_CLIENT must be 1 to 200 visible ASCII characters without a space.',
    ],
  ])('contradict one another: %o', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem])
  })

  it('may go as far as one another', () => {
    expect(
      problemsOf({
        AUTH_STATUS_LIST_TTL: '24h',
        AUTH_REFRESH_TOKEN_LIFETIME: '7d',
        AUTH_REFRESH_REUSE_GRACE: '7d',
        AUTH_ACCESS_TOKEN_LIFETIME: '7d',
      }),
    ).toEqual([])
  })

  it('contradict one another in several ways at once, which are all said', () => {
    const env = { AUTH_STATUS_LIST_TTL: '25h', AUTH_REFRESH_TOKEN_LIFETIME: '1m', AUTH_METRICS_PORT: '8000' }

    expect(problemsOf({ ...env, AUTH_LOG_LEVEL: 'loud' })).toHaveLength(5)
  })

  it('take a secret from the file NAME_FILE names', () => {
    const root = temporaryFolder()
    const secret = Buffer.alloc(32, 7).toString('base64url')
    writeFileSync(join(root, 'secret'), `${secret}\n`)

    const config = readConfig({ root, env: { AUTH_KEY_ENCRYPTION_SECRET_FILE: 'secret' } })

    expect(config.keyEncryptionSecret).toEqual(Buffer.alloc(32, 7))
    expect(
      problemsOf({ AUTH_KEY_ENCRYPTION_SECRET: secret, AUTH_KEY_ENCRYPTION_SECRET_FILE: 'secret' }, root),
    ).toEqual([
      'AUTH_KEY_ENCRYPTION_SECRET and AUTH_KEY_ENCRYPTION_SECRET_FILE are both set: keep one of them.',
    ])
    expect(problemsOf({ AUTH_KEY_ENCRYPTION_SECRET_FILE: 'nowhere' }, root)).toEqual([
      'AUTH_KEY_ENCRYPTION_SECRET_FILE names a file that cannot be read (ENOENT).',
    ])
  })
})
