import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { secretBesideDatabase } from '../src/config/key-encryption-secret.ts'
import { createKeyEncryption } from '../src/domain/keys/key-encryption.ts'
import { KeyRing, refuseWrongSecret } from '../src/domain/keys/key-ring.ts'
import { generateSigningKey } from '../src/domain/keys/signing-key.ts'
import { type Database, openDatabase } from '../src/storage/database.ts'
import { migrate } from '../src/storage/migrate.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const SECRET = new Uint8Array(32).fill(1)

async function openRing(db: Database, secret = SECRET): Promise<KeyRing> {
  return KeyRing.open({
    db,
    encryption: createKeyEncryption(secret),
    generateKey: () => generateSigningKey(2048),
    now: () => 1_000,
  })
}

async function openFile(folder: string): Promise<Database> {
  const db = openDatabase({ kind: 'sqlite', path: join(folder, 'auth.db') })
  await migrate(db)
  return db
}

describe('the key ring', () => {
  it('makes the first key, which signs at once', async () => {
    const db = await openFile(temporaryFolder())

    const ring = await openRing(db)
    const header = decodeProtectedHeader(await ring.sign('at+jwt', { sub: 'x' }))
    const { keys } = await ring.currentKeySet()
    await db.destroy()

    expect(header).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: keys[0]?.kid })
    await ring.proveUsable()
  })

  it.each([
    ['other operations', { key_ops: ['decrypt'] }],
    [
      'an elliptic curve',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    ],
  ])('takes no key for %s as one of ours', async (_, changes) => {
    const encryption = createKeyEncryption(SECRET)
    const { kid, publicJwk, privateJwk } = await generateSigningKey(2048)
    const dates = { publishedAt: 0, signsFrom: 0, activatedAt: 0, retiredAt: undefined, tokensExpireAt: 0 }
    const privateJwe = await encryption.encrypt(kid, { ...privateJwk, ...changes })

    const row = { kid, algorithm: 'RS256', publicJwk, privateJwe, ...dates }

    expect(await encryption.prove(row)).toEqual({
      kind: 'altered',
      because: 'its private half is not one for RS256',
    })
  })

  it('keeps its key over a restart', async () => {
    const folder = temporaryFolder()
    const before = await openFile(folder)
    const first = await (await openRing(before)).currentKeySet()
    await before.destroy()

    const after = await openFile(folder)
    const second = await (await openRing(after)).currentKeySet()
    await after.destroy()

    expect(second).toEqual(first)
  })

  it('makes one key when eight processes start on an empty database at once', async () => {
    const folder = temporaryFolder()
    const databases = await Promise.all(Array.from({ length: 8 }, () => openFile(folder)))

    const rings = await Promise.all(databases.map((db) => openRing(db)))
    const kids = await Promise.all(
      rings.map(async (ring) => (await ring.currentKeySet()).keys.map((key) => key.kid)),
    )
    await Promise.all(databases.map((db) => db.destroy()))

    expect(new Set(kids.flat()).size).toBe(1)
    expect(kids[0]).toHaveLength(1)
  })

  it('keeps private keys encrypted in the file', async () => {
    const folder = temporaryFolder()
    const db = await openFile(folder)
    await openRing(db)
    const [row] = await db.selectFrom('signing_keys').selectAll().execute()
    await db.destroy()

    expect(decodeProtectedHeader(row!.private_jwe)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: row!.kid })
    expect(readFileSync(join(folder, 'auth.db'), 'latin1')).not.toMatch(/"d"\s*:/)
  })

  it('is not opened with another secret, and nothing changes', async () => {
    const folder = temporaryFolder()
    const db = await openFile(folder)
    await openRing(db)
    const before = await db.selectFrom('signing_keys').selectAll().execute()

    const refusal = refuseWrongSecret(db, createKeyEncryption(new Uint8Array(32).fill(2)))

    await expect(refusal).rejects.toThrow(
      `The signing key ${before[0]!.kid} in the database was not encrypted with this AUTH_KEY_ENCRYPTION_SECRET. ` +
        'Set the secret this database was made with; nothing has been changed. ' +
        'If it is lost, `auth keys revoke --all --lost-secret` makes new keys under the one that is set.',
    )
    expect(await db.selectFrom('signing_keys').selectAll().execute()).toEqual(before)
    await db.destroy()
  })

  it('does not take one row’s private key for another’s', async () => {
    const encryption = createKeyEncryption(SECRET)
    const jwe = await encryption.encrypt('one', { kty: 'RSA' })

    expect(await encryption.decrypt('one', jwe)).toEqual({ kty: 'RSA' })
    expect(await encryption.decrypt('two', jwe)).toBeUndefined()
  })
})

describe('the key-encryption secret beside a SQLite database', () => {
  it('is made once, for its owner alone', () => {
    const path = join(temporaryFolder(), 'data', 'auth.db')

    const first = secretBesideDatabase({ kind: 'sqlite', path })
    const second = secretBesideDatabase({ kind: 'sqlite', path })

    expect(first).toHaveLength(32)
    expect(second).toEqual(first)
    expect(statSync(`${path}.secret`).mode & 0o777).toBe(0o600)
  })

  it('is not made anew for a database that has lost its own', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'auth.db')
    secretBesideDatabase({ kind: 'sqlite', path })
    await (await openFile(folder)).destroy()
    rmSync(`${path}.secret`)

    expect(() => secretBesideDatabase({ kind: 'sqlite', path })).toThrow(
      `The database ${path} is there, but its key-encryption secret ${path}.secret is not. ` +
        'Put that file back, or set AUTH_KEY_ENCRYPTION_SECRET to what it held. ' +
        'If it is lost, `auth keys revoke --all --lost-secret` makes another, and new keys.',
    )
    expect(existsSync(`${path}.secret`)).toBe(false)
  })

  it('is refused when the file holds something else', () => {
    const path = join(temporaryFolder(), 'auth.db')
    writeFileSync(`${path}.secret`, 'hello')

    expect(() => secretBesideDatabase({ kind: 'sqlite', path })).toThrow(
      'does not hold a key-encryption secret',
    )
  })
})
