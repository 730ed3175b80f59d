import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readBootstrapFile } from '../src/bootstrap/bootstrap-file.ts'
import { presentedToken } from '../src/cli/commands/presented-token.ts'
import { readJwks } from '../src/cli/commands/read-jwks.ts'
import { readKeyEncryptionSecret, readNewPassword, readToken } from '../src/cli/output/prompt.ts'
import { readConfig } from '../src/config/config.ts'
import { secretBesideDatabase } from '../src/config/key-encryption-secret.ts'
import { tlsOptions } from '../src/storage/postgres-location.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const SECRET = Buffer.alloc(32, 7).toString('base64url')
const JWKS = JSON.stringify({
  keys: [
    {
      ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }),
      kid: 'one',
      use: 'sig',
      alg: 'RS256',
    },
  ],
})
const TOKEN_RESPONSE = '{"access_token":"a.b.c"}'
const BOOTSTRAP = '{"users":[{"username":"alice","password":"hunter22"}]}'

function fileOf(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), 'text')
  writeFileSync(path, bytes)
  return path
}

function terminalOf(bytes: Uint8Array) {
  const silent = () => {}
  return { env: {}, input: new PassThrough().end(bytes), print: silent, note: silent }
}

/** Whatever reads text: what it is given, and what it makes of it. */
const READERS: Readonly<
  Record<string, { text: string; read: (bytes: Uint8Array) => unknown; expected: unknown }>
> = {
  'a new password on standard input': {
    text: 'hunter22\n',
    read: (bytes) => readNewPassword(terminalOf(bytes)),
    expected: 'hunter22',
  },
  'a key-encryption secret on standard input': {
    text: `${SECRET}\r\n`,
    read: (bytes) => readKeyEncryptionSecret(terminalOf(bytes)),
    expected: SECRET,
  },
  'a token response on standard input': {
    text: TOKEN_RESPONSE,
    read: async (bytes) => presentedToken(await readToken(terminalOf(bytes))).token,
    expected: 'a.b.c',
  },
  'the file of --jwks': { text: JWKS, read: (bytes) => readJwks(fileOf(bytes)), expected: JSON.parse(JWKS) },
  'the secret beside the database': {
    text: `${SECRET}\n`,
    read: (bytes) => {
      const path = join(temporaryFolder(), 'auth.db')
      writeFileSync(`${path}.secret`, bytes)
      return Buffer.from(secretBesideDatabase({ kind: 'sqlite', path })).toString('base64url')
    },
    expected: SECRET,
  },
  AUTH_KEY_ENCRYPTION_SECRET_FILE: {
    text: `${SECRET}\n`,
    read: (bytes) => {
      const env = { AUTH_KEY_ENCRYPTION_SECRET_FILE: fileOf(bytes) }
      return Buffer.from(readConfig({ root: '/', env }).keyEncryptionSecret ?? []).toString('base64url')
    },
    expected: SECRET,
  },
  AUTH_DATABASE_URL_FILE: {
    text: 'sqlite:/data/auth.db\n',
    read: (bytes) => readConfig({ root: '/', env: { AUTH_DATABASE_URL_FILE: fileOf(bytes) } }).database,
    expected: { kind: 'sqlite', path: '/data/auth.db' },
  },
  'the bootstrap file': {
    text: BOOTSTRAP,
    read: (bytes) => readBootstrapFile(fileOf(bytes), { root: '/', env: {} }).users,
    expected: [expect.objectContaining({ username: 'alice' })],
  },
  sslrootcert: {
    text: '-----BEGIN CERTIFICATE-----\n',
    read: (bytes) => {
      const options = tlsOptions({
        kind: 'postgres',
        host: 'db.example.com',
        port: 5432,
        user: 'auth',
        password: undefined,
        database: 'auth',
        poolMax: 1,
        connectTimeout: 1,
        statementTimeout: 1,
        tls: { kind: 'verified', rootCertificates: fileOf(bytes) },
      })
      return options === false ? undefined : options.ca
    },
    expected: '-----BEGIN CERTIFICATE-----\n',
  },
}

function swapped(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

describe.each(Object.keys(READERS))('%s', (name) => {
  const { text, read, expected } = READERS[name]!

  it.each([
    ['without a byte order mark', Buffer.from(text)],
    ['with one', Buffer.from(`\uFEFF${text}`)],
  ])('is read %s', async (_how, bytes) => {
    expect(await read(bytes)).toEqual(expected)
  })

  it.each([
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16', swapped(`\uFEFF${text}`)],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['not UTF-8', Buffer.concat([Buffer.from(text), Buffer.from([0xe4, 0x20])])],
  ])('is refused as %s, with no byte of it in the words', async (what, bytes) => {
    const error: Error = await Promise.resolve()
      .then(() => read(bytes))
      .then(
        () => new Error('it was read'),
        (reason) => reason,
      )

    expect(error.message).toContain(` is ${what}: save it as UTF-8.`)
    expect(error.message).not.toMatch(/hunter22|CERTIFICATE|a\.b\.c|BwcH/)
  })
})
