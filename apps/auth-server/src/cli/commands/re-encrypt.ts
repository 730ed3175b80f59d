import { type Config, keyEncryptionSecretProblem } from '../../config/config.ts'
import {
  adoptNextSecret,
  keepOldSecret,
  nextSecretBesideDatabase,
  secretBesideDatabase,
} from '../../config/key-encryption-secret.ts'
import { createKeyEncryption, reEncryptKeys } from '../../domain/keys/key-encryption.ts'
import { withDatabase } from '../open-database.ts'
import { logEvent } from '../output/log-event.ts'
import { readKeyEncryptionSecret } from '../output/prompt.ts'
import { Refusal } from '../output/refusal.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { wrongSecret } from './keys.ts'

/** A new secret, and how servers come to use it. */
interface NextSecret {
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** Makes it the current secret. Returns the path of the old one, if that is in a file. */
  readonly adopt: () => string | undefined
  /** What the operator must still do. */
  readonly advice: string
}

/**
 * `auth keys re-encrypt`: encrypts the private keys under a new secret. Where a setting gives the secret, the new one
 * is read from input. The file beside a SQLite database gets a new secret automatically. After an interruption, run it
 * again.
 */
export async function reEncrypt(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db, config }) => {
    const { from, to, adopt, advice } = await nextSecretFor(terminal, config)
    const outcome = await reEncryptKeys(db, { from: createKeyEncryption(from), to: createKeyEncryption(to) })
    if (outcome.kind === 'wrong_secret') throw wrongSecret(outcome.kid, config)
    const oldSecretFile = adopt()
    logEvent(terminal, 'keys_re_encrypted', {})

    const { count, left } = outcome
    if (left.length > 0) {
      terminal.note(
        `Note: ${left.join(', ')} stayed as it was, since neither secret opens it: it is no key of this server. ` +
          '`auth keys list` says more.\n',
      )
    }
    show(terminal, options, {
      json: {
        keys_re_encrypted: count,
        ...(oldSecretFile !== undefined && { old_secret_file: oldSecretFile }),
      },
      text: [
        `${count === 1 ? '1 key is' : `${count} keys are`} encrypted under the new secret.`,
        ...(oldSecretFile === undefined ? [] : [tellOldSecret(oldSecretFile)]),
        advice,
      ].join(' '),
    })
  })
}

function tellOldSecret(file: string): string {
  return (
    `It is in the file beside the database; the old one is in ${file} now, which opens the backups made before: ` +
    'keep it with them, and delete it when they go, or at once when it leaked.'
  )
}

async function nextSecretFor(terminal: Terminal, config: Config): Promise<NextSecret> {
  const restart = 'A server that runs goes on signing and rotates no keys until it is started again.'
  if (config.keyEncryptionSecret) {
    const secret = await readKeyEncryptionSecret(terminal)
    const problem = keyEncryptionSecretProblem(secret)
    if (problem !== undefined) throw new Refusal(`The new key-encryption secret ${problem}.`)
    return {
      from: config.keyEncryptionSecret,
      to: Buffer.from(secret, 'base64url'),
      adopt: () => undefined,
      advice: `Set AUTH_KEY_ENCRYPTION_SECRET to it now. ${restart}`,
    }
  }
  const { database } = config
  return {
    from: secretBesideDatabase(database),
    to: nextSecretBesideDatabase(database),
    adopt: () => {
      const kept = keepOldSecret(database, new Date().toISOString().slice(0, 10))
      adoptNextSecret(database)
      return kept
    },
    advice: restart,
  }
}
