import type { Command } from 'commander'
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
import { generateSigningKey, SIGNING_ALGORITHM, stateOf } from '../../domain/keys/signing-key.ts'
import type { Database } from '../../storage/database.ts'
import { addCommand } from '../command.ts'
import { type Opened, refuseOtherSecret, withDatabase } from '../open-database.ts'
import { logEvent } from '../output/log-event.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'
import { instant, type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { reEncrypt } from './re-encrypt.ts'

/** `auth keys …`: the keys that sign tokens. */
export function addCommands(keys: Command, terminal: Terminal): void {
  addCommand(keys, {
    usage: 'list',
    summary: 'List the signing keys that are published',
    example: 'auth keys list',
  }).action((options: OutputOptions) => listKeys(terminal, options))
  addCommand(keys, {
    usage: 'rotate',
    summary: 'Let the standby key sign once it has been published for AUTH_KEY_PUBLISH_LEAD',
    example: 'auth keys rotate',
  })
    .option('--now', 'let it sign at once: verifiers that fetched the key set since it was published have it')
    .action((options: RotateOptions) => rotate(terminal, options))
  addCommand(keys, {
    usage: 'revoke [kid]',
    summary:
      'Take a key out of the key set at once, and with it all that it signed; the standby signs in its place',
    example: 'auth keys revoke 3q2-7w',
  })
    .option('--all', 'every key, the standby too: after a leak of the database')
    .option('--lost-secret', 'with --all: the secret that opens them is lost, and another is set')
    .action((kid: string | undefined, options: RevokeOptions) => revoke(terminal, kid, options))
  addCommand(keys, {
    usage: 're-encrypt',
    summary: 'Encrypt the private keys under another secret, which is asked for, or read from standard input',
    example: 'auth keys re-encrypt',
  }).action((options: OutputOptions) => reEncrypt(terminal, options))
}

async function listKeys(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db, config }) => {
    const { refused } = await refuseOtherSecret(db, config)
    const becauseOf = (kid: string) => refused.find((key) => key.kid === kid)?.because
    const keys = await listSigningKeys(db)
    for (const { kid, because } of refused) {
      terminal.note(
        `Warning: ${kid} is no key of this server, since ${because}. It is not published and signs nothing: find out who ` +
          `writes this database, and remove it with \`auth keys revoke ${kid}\`.\n`,
      )
    }
    show(terminal, options, {
      json: keys.map((key) => ({
        kid: key.kid,
        alg: SIGNING_ALGORITHM,
        state: becauseOf(key.kid) === undefined ? stateOf(key) : 'refused',
        ...(becauseOf(key.kid) !== undefined && { refused_because: becauseOf(key.kid) }),
        published_at: key.publishedAt,
        activated_at: key.activatedAt ?? null,
        retired_at: key.retiredAt ?? null,
        tokens_expire_at: key.tokensExpireAt,
      })),
      text:
        keys.length === 0
          ? 'There are no keys yet: the server makes the first one when it starts.'
          : [
              ['KID', 'STATE', 'PUBLISHED', 'ACTIVE SINCE', 'RETIRED', 'VERIFIES UNTIL'],
              ...keys.map((key) => [
                key.kid,
                becauseOf(key.kid) === undefined ? stateOf(key) : 'refused',
                instant(key.publishedAt),
                key.activatedAt === undefined ? '' : instant(key.activatedAt),
                key.retiredAt === undefined ? '' : instant(key.retiredAt),
                instant(key.tokensExpireAt),
              ]),
            ],
    })
  })
}

/** The options of `auth keys rotate`. */
interface RotateOptions extends OutputOptions {
  readonly now?: true
}

/** The options of `auth keys revoke`. */
interface RevokeOptions extends OutputOptions {
  readonly all?: true
  readonly lostSecret?: true
}

/** `auth keys rotate`: starts a rotation, which a running server completes. */
async function rotate(terminal: Terminal, options: RotateOptions): Promise<void> {
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

/** `auth keys revoke`: revokes one key or all of them, and says until when verifiers may not know. */
async function revoke(terminal: Terminal, kid: string | undefined, options: RevokeOptions): Promise<void> {
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

/** `auth keys revoke --all --lost-secret`: replaces the keys that nobody can decrypt by new ones under the current secret. */
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

/** The id of the only key that begins with this text. */
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
