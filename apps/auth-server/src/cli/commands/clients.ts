import type { Command } from 'commander'
import {
  deleteClient as deleteClientAndRevoke,
  disableClient as disableClientAndRevoke,
  revokeAuthorizationsOf,
} from '../../domain/authorizations/revoke-authorizations.ts'
import { type ClientRecord, clientIdProblem } from '../../domain/clients/client.ts'
import {
  enableClient as enableClientAndRevoke,
  findClientRecord,
  insertClient,
  listClientRecords,
} from '../../domain/clients/client-store.ts'
import { GRANT_TYPES } from '../../oauth/grant-type.ts'
import { hashSecret, mintSecret } from '../../oauth/secret.ts'
import { withLock } from '../../storage/lock.ts'
import { addCommand } from '../command.ts'
import { type Opened, withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { deletedMeanwhile, Refusal } from '../output/refusal.ts'
import { tellEnded, withProgress } from '../output/revoked.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import {
  adviseOnClient,
  type ClientOptions,
  gather,
  gatherGrant,
  gatherScope,
  refusePublicClientCredentials,
  refuseUnregistered,
} from './client-options.ts'
import { readJwks } from './read-jwks.ts'
import { parseKeepOld, type RotateSecretOptions, rotateSecret } from './rotate-secret.ts'
import { addSetClient, setClient } from './set-client.ts'
import { CLIENT_HEADING, clientJson, clientRow, clientTable, oldSecretExpiry } from './show-client.ts'

/** What a command on one client is given. */
interface OneClient {
  readonly terminal: Terminal
  readonly options: OutputOptions
  readonly opened: Opened
  readonly registered: ClientRecord
}

interface AddClientOptions extends OutputOptions, ClientOptions {}

/** `auth clients …`: the applications that ask for tokens. */
export function addCommands(clients: Command, terminal: Terminal): void {
  const verb = (name: string, summary: string, run: (one: OneClient) => Promise<void>) =>
    addCommand(clients, { usage: `${name} <id>`, summary, example: `auth clients ${name} web` }).action(
      (id: string, options: OutputOptions) => withClient(terminal, options, { id, run }),
    )

  addCommand(clients, {
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
    .action((id: string, options: AddClientOptions) => addClient(terminal, id, options))
  addCommand(clients, {
    usage: 'list',
    summary: 'List all clients',
    example: 'auth clients list',
  }).action((options: OutputOptions) => listClients(terminal, options))
  verb('show', 'Show one client', showClient)
  addSetClient(clients, (id, options) =>
    withClient(terminal, options, { id, run: (one) => setClient(terminal, options, one) }),
  )
  addCommand(clients, {
    usage: 'rotate-secret <id>',
    summary: 'Give a client a new secret, shown once; the old one dies, now or later',
    example: 'auth clients rotate-secret web --keep-old 24h',
  })
    .option('--keep-old <time>', 'for how long the old secret counts as well, like 24h', parseKeepOld)
    .action((id: string, options: RotateSecretOptions) =>
      withClient(terminal, options, { id, run: (one) => rotateSecret(terminal, options, one) }),
    )
  verb('disable', 'Refuse a client, and end all that it opened', disableClient)
  verb('enable', 'Let a client ask for tokens again', enableClient)
  verb('sign-out', 'End all that a client opened; it can ask again', signOut)
  verb('delete', 'Delete a client, and end all that it opened', deleteClient)
}

async function addClient(terminal: Terminal, id: string, options: AddClientOptions): Promise<void> {
  const problem = clientIdProblem(id)
  if (problem !== undefined) throw new Refusal(`The client id ${problem}.`)
  refusePublicClientCredentials(options)
  if (options.public && options.jwks !== undefined) {
    throw new Refusal('A public client proves nothing: leave out --public or --jwks.')
  }

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
      // RFC 7591 §3.2.1: a secret comes with the instant it expires, 0 for never.
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

async function listClients(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db }) => {
    const clients = await listClientRecords(db)
    show(terminal, options, {
      json: clients.map(clientJson),
      text:
        clients.length === 0
          ? 'There are no clients: `auth clients add` adds one.'
          : [CLIENT_HEADING, ...clients.map(clientRow)],
    })
  })
}

async function showClient({ terminal, options, opened, registered }: OneClient): Promise<void> {
  const now = opened.now()
  const until = oldSecretExpiry(registered.client.authentication, now)
  show(terminal, options, {
    json: {
      ...clientJson(registered),
      ...(until !== undefined && { previous_client_secret_expires_at: until }),
    },
    text: clientTable(registered, now),
  })
}

async function disableClient(one: OneClient): Promise<void> {
  const { terminal, opened, registered } = one
  const ended = await withProgress(terminal, opened, (revoking) =>
    disableClientAndRevoke(opened.db, registered.client.id, revoking),
  )
  if (ended === undefined) throw deletedMeanwhile('Client', registered.client.id)
  logEvent(terminal, 'client_disabled', { clientId: registered.client.id, authorizationsEnded: ended })
  await showEnded({ ...one, registered: { ...one.registered, disabled: true } }, 'is disabled', ended)
}

async function enableClient({ terminal, options, opened, registered }: OneClient): Promise<void> {
  if (!(await enableClientAndRevoke(opened.db, registered.client.id))) {
    throw deletedMeanwhile('Client', registered.client.id)
  }
  logEvent(terminal, 'client_enabled', { clientId: registered.client.id })
  show(terminal, options, {
    json: clientJson({ ...registered, disabled: false }),
    text: `Client ${registered.client.id} is enabled. What has ended stays so.`,
  })
}

async function signOut(one: OneClient): Promise<void> {
  const { terminal, opened, registered } = one
  const ended = await withProgress(terminal, opened, (revoking) =>
    revokeAuthorizationsOf(opened.db, { by: 'client', value: registered.client.id }, revoking),
  )
  logEvent(terminal, 'client_signed_out', { clientId: registered.client.id, authorizationsEnded: ended })
  await showEnded(one, 'is signed out', ended)
}

async function deleteClient(one: OneClient): Promise<void> {
  const { terminal, opened, registered } = one
  const ended = await withProgress(terminal, opened, (revoking) =>
    deleteClientAndRevoke(opened.db, registered.client.id, revoking),
  )
  logEvent(terminal, 'client_deleted', { clientId: registered.client.id, authorizationsEnded: ended })
  await noteBootstrapFile(terminal, opened, { noun: 'client', name: registered.client.id })
  await showEnded(one, 'is deleted', ended)
}

async function showEnded(
  { terminal, options, opened, registered }: OneClient,
  what: string,
  ended: number,
): Promise<void> {
  const { id } = registered.client
  const told = await tellEnded(opened, { column: 'client_id', value: id, ended })
  show(terminal, options, {
    json: { ...clientJson(registered), ...told.json },
    text: `Client ${id} ${what}. ${told.sentence}`,
  })
}

async function withClient(
  terminal: Terminal,
  options: OutputOptions,
  { id, run }: { readonly id: string; readonly run: (one: OneClient) => Promise<void> },
): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const registered = await findClientRecord(opened.db, id)
    if (!registered) {
      throw new Refusal('There is no such client: `auth clients list` shows those there are.')
    }
    await run({ terminal, options, opened, registered })
  })
}
