import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  adoptNextSecret,
  keepOldSecret,
  nextSecretBesideDatabase,
  secretBesideDatabase,
} from '../../src/config/key-encryption-secret.ts'
import { createKeyEncryption, reEncryptKeys } from '../../src/domain/keys/key-encryption.ts'
import { KeyRing, refuseWrongSecret } from '../../src/domain/keys/key-ring.ts'
import { listSigningKeys } from '../../src/domain/keys/key-store.ts'
import { generateSigningKey, type SigningKey } from '../../src/domain/keys/signing-key.ts'
import { exposuresOf } from '../../src/storage/exposures.ts'
import { openCli, refused } from './support.ts'

const SERVER = join(import.meta.dirname, '../../src/main.ts')

/** No setting gives the secret; an empty one counts as absent. */
const ENV = { AUTH_KEY_ENCRYPTION_SECRET: '' }

/** A database with one key, and its secret in the file beside it. */
async function withSecretFile() {
  const cli = await openCli()
  const location = { kind: 'sqlite', path: cli.path } as const
  const secretFile = `${cli.path}.secret`
  writeFileSync(secretFile, Buffer.alloc(32, 1).toString('base64url'), { mode: 0o600 })
  const key = await generateSigningKey(2048)
  await KeyRing.open({
    db: cli.db,
    encryption: createKeyEncryption(secretBesideDatabase(location)),
    generateKey: async () => key,
    now: () => 1_000,
  })
  const oldSecrets = () => readdirSync(cli.folder).filter((name) => name.includes('.secret.before-'))
  return { ...cli, location, secretFile, oldSecrets, before: readFileSync(secretFile, 'utf8') }
}

/** Where a file was, and who may read it. */
function accessOf(path: string) {
  const { mode, uid, gid } = statSync(path)
  return { mode: mode & 0o777, uid, gid }
}

describe('auth keys re-encrypt, with the secret in the file beside the database', () => {
  it('puts a new one there, keeps the old one beside it, and says so', async () => {
    const { auth, db, location, secretFile, before, oldSecrets, folder } = await withSecretFile()

    const ending = await auth(['keys', 're-encrypt'], { env: ENV })

    const [old] = oldSecrets()
    expect(old).toMatch(/^auth\.db\.secret\.before-\d{4}-\d{2}-\d{2}$/)
    expect(ending).toEqual({
      code: 0,
      stdout:
        '1 key is encrypted under the new secret. ' +
        `It is in the file beside the database; the old one is in ${folder}/${old} now, which opens the backups made before: ` +
        'keep it with them, and delete it when they go, or at once when it leaked. ' +
        'A server that runs goes on signing and rotates no keys until it is started again.\n',
      stderr: '',
    })
    expect(readFileSync(`${folder}/${old}`, 'utf8')).toBe(before)
    expect(readFileSync(secretFile, 'utf8')).not.toBe(before)
    expect(existsSync(`${secretFile}.next`)).toBe(false)
    await refuseWrongSecret(db, createKeyEncryption(secretBesideDatabase(location)))
  })

  it('keeps one old secret for each time on a day, and gives its place as JSON', async () => {
    const { json, secretFile, before, oldSecrets } = await withSecretFile()

    const first = await json(['keys', 're-encrypt'], { env: ENV })
    const between = readFileSync(secretFile, 'utf8')
    const second = await json(['keys', 're-encrypt'], { env: ENV })

    expect(first).toEqual({ keys_re_encrypted: 1, old_secret_file: expect.stringContaining('.before-') })
    const files = [first, second].map((result) => (result as { old_secret_file: string }).old_secret_file)
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual([before, between])
    expect(oldSecrets()).toHaveLength(2)
  })

  it.runIf(process.getuid?.() === 0)('keeps the owner, the group and the mode', async () => {
    const { json, secretFile, location } = await withSecretFile()
    chownSync(secretFile, 65_534, 65_533)
    chmodSync(secretFile, 0o640)

    const { old_secret_file: old } = (await json(['keys', 're-encrypt'], { env: ENV })) as {
      old_secret_file: string
    }

    const expected = { mode: 0o640, uid: 65_534, gid: 65_533 }
    expect([accessOf(secretFile), accessOf(old)]).toEqual([expected, expected])
    expect(exposuresOf(location)).toContain(
      `The file ${old} opens an old key-encryption secret to others than its owner: chmod 600 ${old}`,
    )
  })

  it('is finished before the secret is called lost, when it was cut off', async () => {
    const { auth, db, location, secretFile } = await withSecretFile()
    const from = createKeyEncryption(secretBesideDatabase(location))
    await reEncryptKeys(db, { from, to: createKeyEncryption(nextSecretBesideDatabase(location)) })

    const ending = await auth(['keys', 'revoke', '--all', '--lost-secret'], { env: ENV })

    expect(ending).toEqual(
      refused(
        `The secret is not lost as long as ${secretFile}.next is there: \`auth keys re-encrypt\` was interrupted, ` +
          'and goes on when it is run again. Remove that file if neither opens the keys.',
      ),
    )
  })

  it('is named by the start of a server and by a command that find it cut off, and by no other', async () => {
    const { auth, db, path, location, secretFile } = await withSecretFile()
    const from = createKeyEncryption(secretBesideDatabase(location))
    await reEncryptKeys(db, { from, to: createKeyEncryption(nextSecretBesideDatabase(location)) })
    const [{ kid }] = (await listSigningKeys(db)) as [SigningKey]

    const endings = [await auth(['keys', 'list'], { env: ENV }), await auth(['keys', 'rotate'], { env: ENV })]
    const start = spawnSync(process.execPath, ['--conditions=countersign-source', SERVER], {
      env: { AUTH_DATABASE_URL: `sqlite:${path}` },
      encoding: 'utf8',
    })
    const bySetting = await auth(['keys', 'list'])

    const sentence =
      `The signing key ${kid} in the database was not encrypted with the secret in the file beside it. ` +
      `The file ${secretFile}.next is there, so \`auth keys re-encrypt\` was interrupted: run it again, and it goes on. ` +
      'Nothing has been changed.'
    expect(endings).toEqual([refused(sentence), refused(sentence)])
    expect(start.status).toBe(1)
    expect(start.stdout + start.stderr).toContain(sentence)
    expect(bySetting.stderr).toContain('was not encrypted with this AUTH_KEY_ENCRYPTION_SECRET. ')
  })

  it('lost nothing when the old secret is gone and the next one opens the keys', async () => {
    const { auth, db, location, secretFile } = await withSecretFile()
    const from = createKeyEncryption(secretBesideDatabase(location))
    await reEncryptKeys(db, { from, to: createKeyEncryption(nextSecretBesideDatabase(location)) })
    const next = readFileSync(`${secretFile}.next`, 'utf8')
    rmSync(secretFile)

    const listed = await auth(['keys', 'list'], { env: ENV })
    const ending = await auth(['keys', 'revoke', '--all', '--lost-secret'], { env: ENV })

    expect(listed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `\`auth keys revoke --all --lost-secret\` puts ${secretFile}.next in its place`,
      ),
    })
    expect(ending).toEqual(
      refused(
        `No secret is lost: the one in ${secretFile}.next, of an interrupted \`auth keys re-encrypt\`, opens these keys, ` +
          'and is now in the place of the one that was gone. Start every server again.',
      ),
    )
    expect(readFileSync(secretFile, 'utf8')).toBe(next)
    expect(existsSync(`${secretFile}.next`)).toBe(false)
    await refuseWrongSecret(db, createKeyEncryption(secretBesideDatabase(location)))
  })

  it('has its next secret used for new keys when the old one is gone and neither opens the keys', async () => {
    const { json, db, location, secretFile } = await withSecretFile()
    nextSecretBesideDatabase(location)
    const next = readFileSync(`${secretFile}.next`, 'utf8')
    rmSync(secretFile)

    const replaced = await json(['keys', 'revoke', '--all', '--lost-secret'], { env: ENV })

    expect(replaced).toEqual({ kids: [expect.any(String)], signing: expect.any(String) })
    expect(readFileSync(secretFile, 'utf8')).toBe(next)
    await refuseWrongSecret(db, createKeyEncryption(secretBesideDatabase(location)))
  })

  it.each(['made', 'used', 'kept', 'adopted'])(
    'loses nothing when it is cut off right after the next secret is %s',
    async (step) => {
      const { db, json, location, secretFile, before, oldSecrets, folder } = await withSecretFile()
      const from = createKeyEncryption(secretBesideDatabase(location))
      const next = nextSecretBesideDatabase(location)
      if (step !== 'made') await reEncryptKeys(db, { from, to: createKeyEncryption(next) })
      if (step === 'kept' || step === 'adopted')
        keepOldSecret(location, new Date().toISOString().slice(0, 10))
      if (step === 'adopted') adoptNextSecret(location)
      const nextText = readFileSync(step === 'adopted' ? secretFile : `${secretFile}.next`, 'utf8')

      await json(['keys', 're-encrypt'], { env: ENV })

      await refuseWrongSecret(db, createKeyEncryption(secretBesideDatabase(location)))
      const old = oldSecrets().map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
      expect(old).toEqual(step === 'adopted' ? [before, nextText] : [before])
      expect(existsSync(`${secretFile}.next`)).toBe(false)
      if (step !== 'adopted') expect(readFileSync(secretFile, 'utf8')).toBe(nextText)
    },
  )
})
