import { ConfigError } from '@countersign/settings'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config/config.ts'

const SECRET = Buffer.alloc(32, 7).toString('base64url')

function locationOf(url: string) {
  return readConfig({ root: '/srv', env: { AUTH_DATABASE_URL: url, AUTH_KEY_ENCRYPTION_SECRET: SECRET } })
    .database
}

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig({ root: '/srv', env })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('a database URL', () => {
  it.each([
    ['sqlite:./data/auth.db', { kind: 'sqlite', path: '/srv/data/auth.db' }],
    ['sqlite:/var/lib/auth.db', { kind: 'sqlite', path: '/var/lib/auth.db' }],
    ['sqlite::memory:', { kind: 'memory' }],
  ])('%s names SQLite', (url, location) => {
    expect(locationOf(url)).toEqual(location)
  })

  it('names PostgreSQL, with defaults for what it leaves out', () => {
    expect(locationOf('postgres://auth:pass%40word@db.example.com/auth')).toEqual({
      kind: 'postgres',
      host: 'db.example.com',
      port: 5432,
      user: 'auth',
      password: 'pass@word',
      database: 'auth',
      poolMax: 10,
      connectTimeout: 3,
      statementTimeout: 5,
      tls: { kind: 'verified', rootCertificates: undefined },
    })
  })

  it('may say how to speak to PostgreSQL', () => {
    const options =
      'pool_max=20&connect_timeout=1s&statement_timeout=0s&sslmode=verify-full&sslrootcert=certs/root.pem'

    expect(locationOf(`postgresql://auth@[::1]:6432/auth?${options}`)).toMatchObject({
      host: '::1',
      port: 6432,
      password: undefined,
      poolMax: 20,
      connectTimeout: 1,
      statementTimeout: 0,
      tls: { kind: 'verified', rootCertificates: '/srv/certs/root.pem' },
    })
  })

  it('may name a socket by its folder', () => {
    expect(locationOf('postgres://auth@%2Fvar%2Frun%2Fpostgresql/auth')).toMatchObject({
      host: '/var/run/postgresql',
    })
  })

  it.each([
    ['disable', { kind: 'off' }],
    ['no-verify', { kind: 'unverified' }],
    ['prefer', { kind: 'verified', rootCertificates: undefined }],
    ['require', { kind: 'verified', rootCertificates: undefined }],
    ['verify-ca', { kind: 'verified', rootCertificates: undefined }],
    ['verify-full', { kind: 'verified', rootCertificates: undefined }],
  ])('of another host with sslmode=%s is read as pg reads it', (mode, tls) => {
    expect(locationOf(`postgres://auth@db/auth?sslmode=${mode}`)).toMatchObject({ tls })
  })

  it.each(['localhost', 'LOCALHOST', 'db.localhost', '127.0.0.1', '127.8.8.8', '[::1]', '%2Fvar%2Frun'])(
    'of this machine, %s, takes the TLS there is, and any other host is asked for a certificate',
    (host) => {
      expect(locationOf(`postgres://auth@${host}/auth`)).toMatchObject({ tls: { kind: 'preferred' } })
      expect(locationOf(`postgres://auth@${host}/auth?sslmode=prefer`)).toMatchObject({
        tls: { kind: 'preferred' },
      })
      expect(locationOf(`postgres://auth@${host}/auth?sslmode=require`)).toMatchObject({
        tls: { kind: 'verified' },
      })
    },
  )

  it.each(['db', '10.0.0.5', '128.0.0.1', 'localhost.example.com', '[::2]', '127.0.0.1.example.com'])(
    'of another host, %s, is spoken to with TLS unless it says otherwise',
    (host) => {
      expect(locationOf(`postgres://auth@${host}/auth`)).toMatchObject({
        tls: { kind: 'verified', rootCertificates: undefined },
      })
      expect(locationOf(`postgres://auth@${host}/auth?sslrootcert=root.pem`)).toMatchObject({
        tls: { kind: 'verified', rootCertificates: '/srv/root.pem' },
      })
    },
  )

  it.each([
    ['mysql://root:hunter2@db/auth', 'must be sqlite: and a path'],
    ['sqlite:mysql://root:hunter2@db/auth', 'must be sqlite: and a path'],
    ['sqlite://root:hunter2@db/auth', 'must be sqlite: and a path'],
    ['postgres://auth@db/auth?hunter2', 'has an option nobody knows'],
    ['postgres://auth@db/auth?hunter2&hunter2', 'has an option twice'],
    ['postgres://auth:hunter2@db', 'must be like postgres://user:password@host:5432/database'],
    ['postgres://db/auth', 'must be like postgres://user:password@host:5432/database'],
    ['postgres://auth:hunter2@w/x@db/auth', 'must be like postgres://user:password@host:5432/database'],
    ['postgres://auth:hunter2#x@db/auth', 'must be like postgres://user:password@host:5432/database'],
    ['postgres://auth:hunter2%@db/auth', 'must be like postgres://user:password@host:5432/database'],
    ['postgres://auth:1?hunter2@db/auth', 'must be like postgres://user:password@host:5432/database'],
    ['postgres://auth:hunter2@one,two/auth', 'must be like postgres://user:password@host:5432/database'],
    [
      'postgres://auth:hunter2@db/auth?poolmax=3&ssl=true',
      'has an option nobody knows: there are pool_max, connect_timeout, statement_timeout, sslmode, sslrootcert',
    ],
    [
      'postgres://auth:hunter2@db/auth?pool_max=0',
      'has the option pool_max, which must be a whole number from 1 to 1000',
    ],
    ['postgres://auth:hunter2@db/auth?pool_max=1&pool_max=2', 'has an option twice'],
    [
      'postgres://auth:hunter2@db/auth?statement_timeout=5000',
      'has the option statement_timeout, which must be a time like 45s, 30m, 12h or 90d, or 0s',
    ],
    [
      'postgres://auth:hunter2@db/auth?sslmode=allow',
      'has the option sslmode, which must be one of disable, no-verify, prefer, require, verify-ca, verify-full',
    ],
    [
      'postgres://auth:hunter2@localhost/auth?sslrootcert=root.pem',
      'has the option sslrootcert, which has no use without sslmode=verify-full',
    ],
  ])('is refused, without its password: %s', (url, because) => {
    const problems = problemsOf({ AUTH_DATABASE_URL: url, AUTH_KEY_ENCRYPTION_SECRET: SECRET })

    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`AUTH_DATABASE_URL ${because}`)
    expect(problems.join()).not.toMatch(/hunter|\bw\/x/)
  })

  it('of PostgreSQL needs the key-encryption secret beside it', () => {
    expect(problemsOf({ AUTH_DATABASE_URL: 'postgres://auth:hunter2@db/auth' })).toEqual([
      'AUTH_KEY_ENCRYPTION_SECRET must be set with PostgreSQL: all replicas read the same keys, and none has a file for it beside the database.',
    ])
  })
})
