import { duration } from '@countersign/settings'
import type { Seconds } from '@countersign/shared'
import type { Command } from 'commander'
import {
  deleteClient,
  disableClient,
  revokeAuthorizationsOf,
} from '../../domain/authorizations/revoke-authorizations.ts'
import { type ClientRecord, MAX_SECRET_OVERLAP } from '../../domain/clients/client.ts'
import {
  enableClient,
  findClientRecord,
  listClientRecords,
  replaceClientSecret,
} from '../../domain/clients/client-store.ts'
import { hashSecret, mintSecret } from '../../oauth/secret.ts'
import { addCommand } from '../command.ts'
import { type Opened, withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { CLIENT_HEADING, clientJson, clientRow, clientTable, oldSecretExpiry } from '../output/records.ts'
import { deletedMeanwhile, Refusal, WrongUse } from '../output/refusal.ts'
import { tellRevoked, withProgress } from '../output/revoked.ts'
import { instant, type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { declareAdd, declareSet, setClient } from './client-registration.ts'

/** The input of a command on one client. */
interface OneClient {
  readonly terminal: Terminal
  readonly options: OutputOptions
  readonly opened: Opened
  readonly registered: ClientRecord
}

/** `auth clients …`: the applications that ask for tokens. */
export function addCommands(clients: Command, terminal: Terminal): void {
  const verb = (name: string, summary: string, run: (one: OneClient) => Promise<void>) =>
    addCommand(clients, { usage: `${name} <id>`, summary, example: `auth clients ${name} web` }).action(
      (id: string, options: OutputOptions) => withClient(terminal, options, { id, run }),
    )

  declareAdd(clients, terminal)
  addCommand(clients, {
    usage: 'list',
    summary: 'List all clients',
    example: 'auth clients list',
  }).action((options: OutputOptions) => list(terminal, options))
  verb('show', 'Show one client', showOne)
  declareSet(clients, (id, options) =>
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
  verb('disable', 'Refuse a client, and end all that it opened', disable)
  verb('enable', 'Let a client ask for tokens again', enable)
  verb('sign-out', 'End all that a client opened; it can ask again', signOut)
  verb('delete', 'Delete a client, and end all that it opened', remove)
}

async function list(terminal: Terminal, options: OutputOptions): Promise<void> {
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

async function showOne({ terminal, options, opened, registered }: OneClient): Promise<void> {
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

async function disable(one: OneClient): Promise<void> {
  const { terminal, opened, registered } = one
  const revoked = await withProgress(terminal, opened, (revoking) =>
    disableClient(opened.db, registered.client.id, revoking),
  )
  if (revoked === undefined) throw deletedMeanwhile('Client', registered.client.id)
  logEvent(terminal, 'client_disabled', { clientId: registered.client.id, authorizationsRevoked: revoked })
  await showRevoked({ ...one, registered: { ...one.registered, disabled: true } }, 'is disabled', revoked)
}

async function enable({ terminal, options, opened, registered }: OneClient): Promise<void> {
  if (!(await enableClient(opened.db, registered.client.id))) {
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
  const revoked = await withProgress(terminal, opened, (revoking) =>
    revokeAuthorizationsOf(opened.db, { by: 'client', value: registered.client.id }, revoking),
  )
  logEvent(terminal, 'client_signed_out', { clientId: registered.client.id, authorizationsRevoked: revoked })
  await showRevoked(one, 'is signed out', revoked)
}

async function remove(one: OneClient): Promise<void> {
  const { terminal, opened, registered } = one
  const revoked = await withProgress(terminal, opened, (revoking) =>
    deleteClient(opened.db, registered.client.id, revoking),
  )
  logEvent(terminal, 'client_deleted', { clientId: registered.client.id, authorizationsRevoked: revoked })
  await noteBootstrapFile(terminal, opened, { noun: 'client', name: registered.client.id })
  await showRevoked(one, 'is deleted', revoked)
}

async function showRevoked(
  { terminal, options, opened, registered }: OneClient,
  what: string,
  revoked: number,
): Promise<void> {
  const { id } = registered.client
  const told = await tellRevoked(opened, { column: 'client_id', value: id, revoked })
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

interface RotateSecretOptions extends OutputOptions {
  readonly keepOld?: Seconds
}

function parseKeepOld(text: string): Seconds {
  const result = duration.safeParse(text)
  if (!result.success) throw new WrongUse('--keep-old must be a time like 45s, 30m, 12h or 90d.')
  if (result.data > MAX_SECRET_OVERLAP) throw new WrongUse('--keep-old must be 366d at most.')
  return result.data
}

/**
 * Gives a client a new secret, which is shown once. The old secret is revoked at once, or stays valid beside the new
 * one for as long as the operator needs to hand out the new one. A secret kept by an earlier rotation is revoked in
 * both cases.
 */
async function rotateSecret(
  terminal: Terminal,
  options: RotateSecretOptions,
  { opened, registered }: { readonly opened: Opened; readonly registered: ClientRecord },
): Promise<void> {
  const { client } = registered
  if (client.authentication.kind !== 'secret') {
    throw new Refusal(
      `Client ${client.id} has no secret: it is ${client.authentication.kind === 'none' ? 'public' : 'registered by its keys'}.`,
    )
  }

  const { db, now } = opened
  const secret = mintSecret('cs')
  const { hash } = client.authentication
  const until = options.keepOld === undefined ? undefined : now() + options.keepOld
  const previous = until === undefined ? {} : { previous: { hash, until } }
  const to = { kind: 'secret', hash: hashSecret(secret), ...previous } as const
  if (!(await replaceClientSecret(db, client.id, { from: hash, to }))) {
    throw new Refusal(
      `The secret of client ${client.id} was changed at this very moment: look, and try again.`,
    )
  }

  logEvent(terminal, 'client_secret_rotated', { clientId: client.id })
  terminal.note('Note: the secret is shown once: keep it now.\n')
  terminal.note(
    until === undefined
      ? 'Note: the old secret does not count any more.\n'
      : `Note: the old secret counts until ${instant(until)}.\n`,
  )
  await noteBootstrapFile(terminal, opened, { noun: 'client', name: client.id })
  show(terminal, options, {
    json: {
      ...clientJson(registered),
      client_secret: secret,
      client_secret_expires_at: 0,
      ...(until !== undefined && { previous_client_secret_expires_at: until }),
    },
    text: [
      ['id', client.id],
      ['client_secret', secret],
    ],
  })
}
