import type { Command } from 'commander'
import { changeClient } from '../../domain/authorizations/change-registration.ts'
import { type Client, type ClientRecord, clientIdProblem } from '../../domain/clients/client.ts'
import { insertClient } from '../../domain/clients/client-store.ts'
import { GRANT_TYPES, type GrantType } from '../../oauth/grant-type.ts'
import { hashSecret, mintSecret } from '../../oauth/secret.ts'
import { withLock } from '../../storage/lock.ts'
import { addCommand, assertNamesSomething, gather, gatherScope, replacing } from '../command.ts'
import { type Opened, withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { clientJson, clientTable } from '../output/records.ts'
import { deletedMeanwhile, Refusal, WrongUse } from '../output/refusal.ts'
import { tellRevokedIfAny, withProgress } from '../output/revoked.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { refuseUnregistered } from './client-rules.ts'
import {
  CLIENT_SIGN_IN_OPTIONS,
  type ClientSignInOptions,
  clientSignInOf,
  declareClientSignIn,
  NO_SIGN_IN,
} from './client-sign-in.ts'
import { keysFor, readJwks } from './read-jwks.ts'

/** The options of `auth clients add` that describe the client. */
interface ClientOptions extends ClientSignInOptions {
  readonly public?: true
  /** The file with its public keys. */
  readonly jwks?: string
  readonly grant: readonly GrantType[]
  readonly scope: readonly string[]
  readonly audience: readonly string[]
}

/** Collects `--grant`. A grant that this server does not offer is wrong use. */
function gatherGrant(value: string, gathered: readonly GrantType[]): readonly GrantType[] {
  const grant = GRANT_TYPES.find((type) => type === value)
  if (grant === undefined) throw new WrongUse(`--grant must be one of ${GRANT_TYPES.join(', ')}.`)
  return gathered.includes(grant) ? gathered : [...gathered, grant]
}

/** RFC 6749 §4.4: a public client does not authenticate, so anybody could act as it. */
function refusePublicClientCredentials({ public: isPublic, grant }: ClientOptions): void {
  if (!isPublic || !grant.includes('client_credentials')) return
  throw new Refusal(
    'A public client cannot have the client_credentials grant, since it has no secret to prove itself with: leave out --public.',
  )
}

/** Warns about a client that is allowed but not advised, or that cannot do anything yet. */
function adviseOnClient(
  { note }: Terminal,
  { grant, audience }: Pick<ClientOptions, 'grant' | 'audience'>,
): void {
  if (grant.includes('password')) {
    note(
      'Note: with the password grant, the client sees the password of every user who signs in, and no second factor can be asked ' +
        'for. RFC 9700 §2.4 says it must not be used: keep it to programs of your own, and to tests.\n',
    )
  }
  if (grant.length === 0) note('Note: without a --grant, this client cannot get tokens.\n')
  else if (audience.length === 0) {
    note(
      grant.includes('client_credentials')
        ? 'Note: without an --audience, this client cannot get tokens for itself.\n'
        : 'Note: without an --audience, tokens of this client are for this server alone: no resource takes them.\n',
    )
  }
}

interface AddClientOptions extends OutputOptions, ClientOptions {}

/** `auth clients add`: adds a client with an id that is not taken, and shows its secret if it has one. */
export function declareAdd(clients: Command, terminal: Terminal): void {
  const command = addCommand(clients, {
    usage: 'add <id>',
    summary: 'Add a client; its secret is made here and shown once',
    example: 'auth clients add web --grant password --scope profile --audience https://api.example.com',
  })
    .option('--public', 'a client that cannot keep a secret, and gets none')
    .option(
      '--jwks <file>',
      'its public keys: it proves itself by them (private_key_jwt), and gets no secret',
    )
    .option(
      '--grant <type>',
      `a grant it may use: ${GRANT_TYPES.join(', ')}; may be repeated`,
      gatherGrant,
      [],
    )
    .option('--scope <values>', 'scope values it may ask for; may be repeated', gatherScope, [])
    .option('--audience <uri>', 'a resource its tokens may be for; may be repeated', gather, [])
  declareClientSignIn(command).action((id: string, options: AddClientOptions) => add(terminal, id, options))
}

async function add(terminal: Terminal, id: string, options: AddClientOptions): Promise<void> {
  const problem = clientIdProblem(id)
  if (problem !== undefined) throw new Refusal(`The client id ${problem}.`)
  refusePublicClientCredentials(options)
  if (options.public && options.jwks !== undefined) {
    throw new Refusal('A public client proves nothing: leave out --public or --jwks.')
  }

  const signIn = clientSignInOf(options, NO_SIGN_IN)

  await withDatabase(terminal, async (opened) => {
    const { db, now } = opened
    const jwks = options.jwks === undefined ? undefined : readJwks(options.jwks)
    const secret = options.public || jwks ? undefined : mintSecret('cs')
    const createdAt = now()
    const registered: ClientRecord = {
      client: {
        id,
        grantTypes: options.grant,
        scope: options.scope,
        audiences: options.audience,
        ...signIn,
        authentication: jwks
          ? { kind: 'keys', jwks }
          : secret === undefined
            ? { kind: 'none' }
            : { kind: 'secret', hash: hashSecret(secret) },
      },
      disabled: false,
      createdAt,
    }

    await withLock(db, 'registration', async (transaction) => {
      await refuseUnregistered(transaction, options)
      if (await insertClient(transaction, registered.client, { now: createdAt, demo: 0 })) return
      throw new Refusal(`There is a client "${id}" already: \`auth clients show ${id}\` shows it.`)
    })
    logEvent(terminal, 'client_added', { clientId: id })
    adviseOnClient(terminal, options)
    await noteBootstrapFile(terminal, opened, { noun: 'client', name: id })
    if (secret !== undefined) terminal.note('Note: the secret is shown once: keep it now.\n')
    show(terminal, options, {
      // RFC 7591 §3.2.1: a secret comes with the time it expires, or 0 if it never expires.
      json: {
        ...clientJson(registered),
        ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
      },
      text: [
        ...clientTable(registered, createdAt),
        ...(secret === undefined ? [] : [['client_secret', secret]]),
      ],
    })
  })
}

export interface SetClientOptions extends OutputOptions, ClientSignInOptions {
  readonly jwks?: string
  readonly grant?: readonly GrantType[]
  readonly scope?: readonly string[]
  readonly audience?: readonly string[]
}

/** `auth clients set`. The caller passes what it does. */
export function declareSet(
  clients: Command,
  run: (id: string, options: SetClientOptions) => Promise<void>,
): void {
  const command = addCommand(clients, {
    usage: 'set <id>',
    summary:
      'Change what a client is registered for; what is not named stays, and what carries too much ends',
    example: 'auth clients set web --scope "profile email" --audience https://api.example.com',
  })
    .option('--jwks <file>', 'in place of its public keys')
    .option(
      '--grant <type>',
      `in place of its grants: ${GRANT_TYPES.join(', ')}; may be repeated`,
      replacing(gatherGrant),
    )
    .option(
      '--scope <values>',
      'in place of its scope values; may be repeated, and empty for none',
      replacing(gatherScope),
    )
    .option('--audience <uri>', 'in place of its audiences; may be repeated', replacing(gather))
  declareClientSignIn(command).action((id: string, options: SetClientOptions) => {
    assertNamesSomething(options, ['--grant', '--scope', '--audience', '--jwks', ...CLIENT_SIGN_IN_OPTIONS])
    return run(id, options)
  })
}

/** Replaces what is given, and revokes the authorizations that carry what the client may no longer have. */
export async function setClient(
  terminal: Terminal,
  options: SetClientOptions,
  { opened, registered }: { readonly opened: Opened; readonly registered: ClientRecord },
): Promise<void> {
  const { id } = registered.client
  const change = async (current: Client, transaction: Opened['db']) => {
    const changed: Client = {
      ...current,
      ...clientSignInOf(options, current),
      grantTypes: options.grant ?? current.grantTypes,
      scope: options.scope ?? current.scope,
      audiences: options.audience ?? current.audiences,
      authentication: options.jwks === undefined ? current.authentication : keysFor(current, options.jwks),
    }
    refuseClientCredentialsOfPublic(changed)
    await refuseUnregistered(transaction, { scope: changed.scope, audience: changed.audiences })
    return changed
  }

  const outcome = await withProgress(terminal, opened, (revoking) =>
    changeClient(opened.db, { id, change }, revoking),
  )
  if (!outcome) throw deletedMeanwhile('Client', id)
  const { changed, revoked } = outcome
  logEvent(terminal, 'client_changed', { clientId: id, authorizationsRevoked: revoked })
  if (options.grant ?? options.audience) {
    adviseOnClient(terminal, { grant: changed.grantTypes, audience: changed.audiences })
  }
  await noteBootstrapFile(terminal, opened, { noun: 'client', name: id })
  const told = await tellRevokedIfAny(opened, { column: 'client_id', value: id, revoked })
  show(terminal, options, {
    json: { ...clientJson({ ...registered, client: changed }), ...told.json },
    text: `Client ${id} is changed. ${told.sentence}`,
  })
}

/** RFC 6749 §4.4: the same rule as in `add`. */
function refuseClientCredentialsOfPublic({ id, authentication, grantTypes }: Client): void {
  if (authentication.kind !== 'none' || !grantTypes.includes('client_credentials')) return
  throw new Refusal(
    `Client ${id} is public and cannot have the client_credentials grant, since it has no secret to prove itself with.`,
  )
}
