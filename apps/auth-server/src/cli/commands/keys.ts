import type { Command } from 'commander'
import { listSigningKeys } from '../../domain/keys/key-store.ts'
import { SIGNING_ALGORITHM, stateOf } from '../../domain/keys/signing-key.ts'
import { addCommand } from '../command.ts'
import { withDatabase } from '../open-database.ts'
import { instant, type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { reEncrypt } from './re-encrypt.ts'
import { refuseOtherSecret } from './refuse-other-secret.ts'
import { type RevokeOptions, type RotateOptions, revoke, rotate } from './turn-keys.ts'

/** `auth keys …`: what tokens are signed with. */
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
