import { describe, expect, it } from 'vitest'
import { secretBesideDatabase } from '../../src/config/key-encryption-secret.ts'
import { createKeyEncryption } from '../../src/domain/keys/key-encryption.ts'
import { KeyRing, refuseWrongSecret } from '../../src/domain/keys/key-ring.ts'
import { listSigningKeys } from '../../src/domain/keys/key-store.ts'
import { stateOf } from '../../src/domain/keys/signing-key.ts'
import { keyDeps } from '../support/key-rotation.ts'
import { openCli, refused, type TestCli } from './support.ts'

const NOW = Math.floor(Date.now() / 1000)
const SECRET = Buffer.alloc(32, 9)

/** A server that has made its first key, and is not running now. */
async function openRing({ db }: TestCli, secret: Uint8Array = Buffer.alloc(32)): Promise<KeyRing> {
  return KeyRing.open(keyDeps(db, () => NOW, { encryption: createKeyEncryption(secret) }))
}

describe('auth keys rotate', () => {
  it('publishes a key that signs after the lead, or soon', async () => {
    const cli = await openCli()
    await openRing(cli)

    const started = (await cli.json(['keys', 'rotate'])) as { kid: string; signs_from: number }
    const hastened = (await cli.json(['keys', 'rotate', '--now'])) as { kid: string; signs_from: number }

    expect(started.signs_from - NOW).toBeGreaterThanOrEqual(86_400)
    expect(hastened.kid).toBe(started.kid)
    expect(hastened.signs_from - NOW).toBeLessThan(600)
    expect((await cli.auth(['keys', 'rotate'])).stdout).toMatch(
      /^Key [\w-]{43} is published already, and signs from \S+ on, when a server runs\.\n$/,
    )
  })

  it('leaves the first key to the server', async () => {
    const { auth } = await openCli()

    expect(await auth(['keys', 'rotate'])).toEqual(
      refused('There are no keys yet: the server makes the first one when it starts.'),
    )
  })
})

describe('auth keys revoke', () => {
  it('takes the key out, and says which signs in its place', async () => {
    const cli = await openCli()
    const kid = (await openRing(cli)).activeKid()

    const { stdout } = await cli.auth(['keys', 'revoke', kid])

    const successor = (await listSigningKeys(cli.db)).find((key) => stateOf(key) === 'active')
    expect(successor!.kid).not.toBe(kid)
    expect(stdout).toBe(
      `Key ${kid} is revoked. Key ${successor!.kid} signs now. Verifiers refuse what was signed with what is revoked ` +
        'when they next fetch the key set: our own within 5 minutes, others as docs/verifying.md says, unless they ' +
        'cannot reach this server.\n',
    )
    expect(await cli.auth(['keys', 'revoke', kid])).toEqual(
      refused('There is no such key: `auth keys list` shows those there are.'),
    )
  })

  it('takes the beginning of a kid, where no other key begins so', async () => {
    const cli = await openCli()
    const kid = (await openRing(cli)).activeKid()

    const revoked = await cli.json(['keys', 'revoke', kid.slice(0, 12)])

    expect(revoked).toEqual({ kid, signing: expect.any(String) })
    expect(await cli.auth(['keys', 'revoke', 'key_nobody'])).toEqual(
      refused('There is no such key: `auth keys list` shows those there are.'),
    )
  })

  it('with --all leaves none of the keys there were', async () => {
    const cli = await openCli()
    const kid = (await openRing(cli)).activeKid()

    const revoked = await cli.json(['keys', 'revoke', '--all'])

    const states = (await listSigningKeys(cli.db)).map(stateOf)
    expect(revoked).toEqual({ kids: [kid], signing: expect.any(String) })
    expect(states.toSorted()).toEqual(['active', 'pending'])
  })

  it.each([[['keys', 'revoke']], [['keys', 'revoke', 'one', '--all']]])(
    'is used wrongly as %j',
    async (args) => {
      const { auth } = await openCli()

      const { code, stderr } = await auth(args)

      expect(code).toBe(2)
      expect(stderr).toContain('Name one key, or all of them with --all.')
    },
  )

  it('is refused with another secret', async () => {
    const cli = await openCli()
    const kid = (await openRing(cli)).activeKid()

    const ending = await cli.auth(['keys', 'revoke', kid], {
      env: { AUTH_KEY_ENCRYPTION_SECRET: SECRET.toString('base64url') },
    })

    expect(ending).toEqual(
      refused(
        `The signing key ${kid} in the database was not encrypted with this AUTH_KEY_ENCRYPTION_SECRET. ` +
          'Set the secret this database was made with; nothing has been changed. ' +
          'If it is lost, `auth keys revoke --all --lost-secret` makes new keys under the one that is set.',
      ),
    )
  })
})

describe('auth keys revoke --all --lost-secret', () => {
  const NEW_SECRET = { AUTH_KEY_ENCRYPTION_SECRET: SECRET.toString('base64url') }

  it('makes new keys under the secret that is set, when that opens none', async () => {
    const cli = await openCli()
    const lost = (await openRing(cli)).activeKid()

    const revoked = (await cli.json(['keys', 'revoke', '--all', '--lost-secret'], { env: NEW_SECRET })) as {
      kids: string[]
      signing: string
    }

    expect(revoked).toEqual({ kids: [lost], signing: expect.any(String) })
    expect((await openRing(cli, SECRET)).activeKid()).toBe(revoked.signing)
    expect((await listSigningKeys(cli.db)).map(stateOf).toSorted()).toEqual(['active', 'pending'])
  })

  it('makes the file beside the database anew when it is gone', async () => {
    const cli = await openCli()
    await openRing(cli)
    const env = { AUTH_KEY_ENCRYPTION_SECRET: '' }

    const refusedBefore = await cli.auth(['keys', 'list'], { env })
    const { code, stdout } = await cli.auth(['keys', 'revoke', '--all', '--lost-secret'], { env })

    expect(refusedBefore).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--lost-secret` makes another'),
    })
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^1 key that this secret does not open is revoked\. Key [\w-]{43} signs now\. /,
      ),
    })
    expect(await refuseWrongSecretOf(cli)).toBeUndefined()
  })

  it('is refused while the secret opens the keys, and changes nothing', async () => {
    const cli = await openCli()
    const ring = await openRing(cli)

    const ending = await cli.auth(['keys', 'revoke', '--all', '--lost-secret'])

    expect(ending).toEqual(
      refused('The secret opens these keys, so it is not lost: `auth keys revoke --all` is enough.'),
    )
    expect((await listSigningKeys(cli.db)).map(({ kid }) => kid)).toEqual([ring.activeKid()])
  })

  it('is for all keys', async () => {
    const { auth } = await openCli()

    const { code, stderr } = await auth(['keys', 'revoke', 'one', '--lost-secret'])

    expect(code).toBe(2)
    expect(stderr).toContain('--lost-secret is for all keys: it goes with --all.')
  })

  async function refuseWrongSecretOf({ db, path }: TestCli): Promise<void> {
    return refuseWrongSecret(db, createKeyEncryption(secretBesideDatabase({ kind: 'sqlite', path })))
  }
})

describe('auth keys re-encrypt', () => {
  it('moves the keys to the secret it reads', async () => {
    const cli = await openCli()
    await openRing(cli)

    const { stdout } = await cli.auth(['keys', 're-encrypt'], { input: `${SECRET.toString('base64url')}\n` })

    expect(stdout).toBe(
      '1 key is encrypted under the new secret. Set AUTH_KEY_ENCRYPTION_SECRET to it now. ' +
        'A server that runs goes on signing and rotates no keys until it is started again.\n',
    )
    await refuseWrongSecret(cli.db, createKeyEncryption(SECRET))
  })

  it('refuses what is no secret', async () => {
    const cli = await openCli()
    await openRing(cli)

    const { code, stderr } = await cli.auth(['keys', 're-encrypt'], { input: 'hunter2' })

    expect(code).toBe(1)
    expect(stderr).toMatch(/^The new key-encryption secret must be 32 random bytes in base64url/)
    expect(stderr).not.toContain('hunter2')
  })
})
