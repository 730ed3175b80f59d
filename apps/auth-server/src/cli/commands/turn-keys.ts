import {
  nextSecretFile,
  secretBesideDatabase,
  secretInPlaceOfLost,
} from '../../config/key-encryption-secret.ts'
import { createKeyEncryption } from '../../domain/keys/key-encryption.ts'
import { listSigningKeys } from '../../domain/keys/key-store.ts'
import { wrongSecretProblem } from '../../domain/keys/prove-keys.ts'
import {
  type RotateKeysDeps,
  replaceLostKeys,
  revokeAllKeys,
  revokeKey,
  rotateNow,
  type StartedRotation,
  startRotation,
} from '../../domain/keys/rotate-keys.ts'
import { generateSigningKey } from '../../domain/keys/signing-key.ts'
import type { Database } from '../../storage/database.ts'
import { type Opened, withDatabase } from '../open-database.ts'
import { logEvent } from '../output/log-event.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'
import { instant, type OutputOptions, show, type Terminal } from '../output/terminal.ts'

/** What `auth keys rotate` is told. */
export interface RotateOptions extends OutputOptions {
  readonly now?: true
}

/** What `auth keys revoke` is told. */
export interface RevokeOptions extends OutputOptions {
  readonly all?: true
  readonly lostSecret?: true
}

/** `auth keys rotate`: starts a rotation, which a running server brings to its end. */
export async function rotate(terminal: Terminal, options: RotateOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const deps = await keyDepsOf(opened)
    if ((await listSigningKeys(deps.db)).length === 0) {
      throw new Refusal('There are no keys yet: the server makes the first one when it starts.')
    }
    const started = await (options.now ? rotateNow(deps) : startRotation(deps))
    if (started.kind === 'wrong_secret') throw wrongSecret(started.kid, opened.config)

    const { kid, signsFrom } = started
    const events = started.kind === 'published' ? started.events : []
    for (const { event, kid } of events) logEvent(terminal, event, { kid })
    show(terminal, options, { json: { kid, signs_from: signsFrom }, text: sentenceOf(started) })
  })
}

/** `auth keys revoke`: ends a key or all of them, and says until when verifiers may not know. */
export async function revoke(
  terminal: Terminal,
  kid: string | undefined,
  options: RevokeOptions,
): Promise<void> {
  if ((kid === undefined) === (options.all === undefined)) {
    throw new WrongUse('Name one key, or all of them with --all.')
  }
  if (options.lostSecret) {
    if (!options.all) throw new WrongUse('--lost-secret is for all keys: it goes with --all.')
    return replaceAll(terminal, options)
  }
  await withDatabase(terminal, async (opened) => {
    const deps = await keyDepsOf(opened)
    const revocation =
      kid === undefined ? await revokeAllKeys(deps) : await revokeKey(deps, await kidOf(opened.db, kid))
    if (revocation.kind === 'unknown') throw noSuchKey()
    if (revocation.kind === 'wrong_secret') throw wrongSecret(revocation.kid, opened.config)

    for (const { event, kid } of revocation.events) logEvent(terminal, event, { kid })
    const kids = revocation.events.flatMap(({ event, kid }) => (event === 'key_revoked' ? [kid] : []))
    const successor = revocation.events.find(({ event }) => event === 'key_activated')?.kid
    const inItsPlace = successor === undefined ? '' : ` Key ${successor} signs now.`
    show(terminal, options, {
      json: { ...(options.all ? { kids } : { kid: kids[0] }), signing: successor ?? null },
      text:
        `${kids.length === 1 ? `Key ${kids[0]} is` : `${kids.length} keys are`} revoked.${inItsPlace} Verifiers refuse ` +
        'what was signed with what is revoked when they next fetch the key set: our own within 5 minutes, others as ' +
        'docs/verifying.md says, unless they cannot reach this server.',
    })
  })
}

/** `auth keys revoke --all --lost-secret`: new keys, under the secret that is set now, in place of those nobody can open. */
async function replaceAll(terminal: Terminal, options: RevokeOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const { database, keyEncryptionSecret } = opened.config
    const next = nextSecretFile(opened.config)
    const deps = await keyDepsWith(opened, keyEncryptionSecret ?? secretInPlaceOfLost(database))
    const replacement = await replaceLostKeys(deps)
    if (replacement.kind === 'not_lost') {
      if (next !== undefined) {
        throw new Refusal(
          `No secret is lost: the one in ${next}, of an interrupted \`auth keys re-encrypt\`, opens these keys, and is ` +
            'now in the place of the one that was gone. Start every server again.',
        )
      }
      throw new Refusal('The secret opens these keys, so it is not lost: `auth keys revoke --all` is enough.')
    }

    const { events } = replacement
    for (const { event, kid } of events) logEvent(terminal, event, { kid })
    const kids = events.flatMap(({ event, kid }) => (event === 'key_revoked' ? [kid] : []))
    const signing = events.find(({ event }) => event === 'key_activated')?.kid ?? null
    show(terminal, options, {
      json: { kids, signing },
      text:
        `${kids.length === 1 ? '1 key' : `${kids.length} keys`} that this secret does not open ` +
        `${kids.length === 1 ? 'is' : 'are'} revoked. Key ${signing} signs now. Start every server again with this ` +
        'secret; access tokens are refused from now on, refresh tokens go on.',
    })
  })
}

/** The id of a key by its beginning, where no other begins so. */
async function kidOf(db: Database, beginning: string): Promise<string> {
  const kids = (await listSigningKeys(db)).map(({ kid }) => kid)
  const found = kids.includes(beginning) ? [beginning] : kids.filter((kid) => kid.startsWith(beginning))
  if (found.length > 1) {
    throw new Refusal('Several keys begin like that: give more of the kid, as `auth keys list` shows it.')
  }
  if (found[0] === undefined) throw noSuchKey()
  return found[0]
}

function noSuchKey(): Refusal {
  return new Refusal('There is no such key: `auth keys list` shows those there are.')
}

/** The refusal of a secret that does not open a key. */
export function wrongSecret(kid: string, config: Opened['config']): Refusal {
  return new Refusal(wrongSecretProblem(kid, nextSecretFile(config)))
}

async function keyDepsOf(opened: Opened): Promise<RotateKeysDeps> {
  const { database, keyEncryptionSecret } = opened.config
  return keyDepsWith(opened, keyEncryptionSecret ?? secretBesideDatabase(database))
}

async function keyDepsWith({ db, config, now }: Opened, secret: Uint8Array): Promise<RotateKeysDeps> {
  return {
    db,
    encryption: createKeyEncryption(secret),
    generateKey: () => generateSigningKey(config.keySize),
    now,
    policy: { lifetime: config.keyLifetime, lead: config.keyPublishLead },
  }
}

function sentenceOf({ kind, kid, signsFrom }: Exclude<StartedRotation, { kind: 'wrong_secret' }>): string {
  const published = kind === 'published' ? 'is published' : 'is published already'
  return `Key ${kid} ${published}, and signs from ${instant(signsFrom)} on, when a server runs.`
}
