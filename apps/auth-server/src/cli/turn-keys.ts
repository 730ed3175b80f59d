import type { RotateKeysDeps } from '../domain/keys/rotate-keys.ts'
import type { StartedRotation } from '../domain/keys/start-rotation.ts'
import { type Opened, withDatabase } from './open-database.ts'
import { Refusal } from './refusal.ts'
import { instant, type OutputOptions, show, type Terminal } from './terminal.ts'

/** What `auth keys rotate` is told. */
export interface RotateOptions extends OutputOptions {
  readonly now?: true
}

/** `auth keys rotate`: starts a rotation, which a running server brings to its end. */
export async function rotate(terminal: Terminal, options: RotateOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const deps = await keyDepsOf(opened)
    const { listSigningKeys } = await import('../domain/keys/key-store.ts')
    if ((await listSigningKeys(deps.db)).length === 0) {
      throw new Refusal('There are no keys yet: the server makes the first one when it starts.')
    }
    const { rotateNow, startRotation } = await import('../domain/keys/start-rotation.ts')
    const started = await (options.now ? rotateNow(deps) : startRotation(deps))
    if (started.kind === 'wrong_secret') throw wrongSecret(started.kid)

    const { kid, signsFrom } = started
    show(terminal, options, { json: { kid, signs_from: signsFrom }, text: sentenceOf(started) })
  })
}

/** `auth keys revoke`: ends a key, and says until when verifiers may not know. */
export async function revoke(terminal: Terminal, kid: string, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const { revokeKey } = await import('../domain/keys/revoke-key.ts')
    const revocation = await revokeKey(await keyDepsOf(opened), kid)
    if (revocation.kind === 'unknown') {
      throw new Refusal('There is no such key: `auth keys list` shows those there are.')
    }
    if (revocation.kind === 'wrong_secret') throw wrongSecret(revocation.kid)

    const successor = revocation.events.find(({ event }) => event === 'key_activated')?.kid
    const inItsPlace = successor === undefined ? '' : ` Key ${successor} signs in its place.`
    show(terminal, options, {
      json: { kid, signing: successor ?? null },
      text:
        `Key ${kid} is revoked.${inItsPlace} Verifiers refuse what it signed when they next fetch the key set: ` +
        'within 5 minutes, unless they cannot reach this server.',
    })
  })
}

/** The refusal of a secret that does not open a key. */
export function wrongSecret(kid: string): Refusal {
  return new Refusal(
    `The signing key ${kid} in the database was not encrypted with this AUTH_KEY_ENCRYPTION_SECRET. ` +
      'Set the secret this database was made with; nothing has been changed.',
  )
}

async function keyDepsOf({ db, config, now }: Opened): Promise<RotateKeysDeps> {
  const { secretBesideDatabase } = await import('../key-encryption-secret.ts')
  const { createKeyEncryption } = await import('../domain/keys/key-encryption.ts')
  const { generateSigningKey } = await import('../domain/keys/signing-key.ts')
  return {
    db,
    encryption: createKeyEncryption(config.keyEncryptionSecret ?? secretBesideDatabase(config.database)),
    generateKey: () => generateSigningKey(config.keySize),
    now,
    policy: { lifetime: config.keyLifetime, lead: config.keyPublishLead },
  }
}

function sentenceOf({ kind, kid, signsFrom }: Exclude<StartedRotation, { kind: 'wrong_secret' }>): string {
  const published = kind === 'published' ? 'is published' : 'was published already'
  return `Key ${kid} ${published}, and signs from ${instant(signsFrom)} on, when a server runs.`
}
