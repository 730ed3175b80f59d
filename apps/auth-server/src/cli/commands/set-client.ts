import type { Command } from 'commander'
import { changeClient } from '../../domain/authorizations/change-registration.ts'
import type { Client, ClientAuthentication, ClientRecord } from '../../domain/clients/client.ts'
import { GRANT_TYPES, type GrantType } from '../../oauth/grant-type.ts'
import { addCommand } from '../command.ts'
import type { Opened } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { deletedMeanwhile, Refusal } from '../output/refusal.ts'
import { tellChanged, withProgress } from '../output/revoked.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { adviseOnClient, gather, gatherGrant, gatherScope, refuseUnregistered } from './client-options.ts'
import { readJwks } from './read-jwks.ts'
import { assertNamesSomething, replacing } from './replacing.ts'
import { clientJson } from './show-client.ts'

export interface SetClientOptions extends OutputOptions {
  readonly jwks?: string
  readonly grant?: readonly GrantType[]
  readonly scope?: readonly string[]
  readonly audience?: readonly string[]
}

/** `auth clients set`, of which whoever adds it says what is done. */
export function addSetClient(
  clients: Command,
  run: (id: string, options: SetClientOptions) => Promise<void>,
): void {
  addCommand(clients, {
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
    .action((id: string, options: SetClientOptions) => {
      assertNamesSomething(options, ['--grant', '--scope', '--audience', '--jwks'])
      return run(id, options)
    })
}

/** Replaces what is given, and revokes the authorizations that carry what is not the client's any more. */
export async function setClient(
  terminal: Terminal,
  options: SetClientOptions,
  { opened, registered }: { readonly opened: Opened; readonly registered: ClientRecord },
): Promise<void> {
  const { id } = registered.client
  const change = async (current: Client, transaction: Opened['db']) => {
    const changed: Client = {
      ...current,
      grantTypes: options.grant ?? current.grantTypes,
      scope: options.scope ?? current.scope,
      audiences: options.audience ?? current.audiences,
      authentication: options.jwks === undefined ? current.authentication : keysFor(current, options.jwks),
    }
    const asked = { grant: changed.grantTypes, scope: changed.scope, audience: changed.audiences }
    refusePublicClientCredentials(changed)
    await refuseUnregistered(transaction, asked)
    return changed
  }

  const outcome = await withProgress(terminal, opened, (revoking) =>
    changeClient(opened.db, { id, change }, revoking),
  )
  if (!outcome) throw deletedMeanwhile('Client', id)
  const { changed, revoked } = outcome
  logEvent(terminal, 'client_changed', { clientId: id, authorizationsEnded: revoked })
  if (options.grant ?? options.audience) {
    adviseOnClient(terminal, {
      grant: changed.grantTypes,
      scope: changed.scope,
      audience: changed.audiences,
    })
  }
  await noteBootstrapFile(terminal, opened, { noun: 'client', name: id })
  const told = await tellChanged(opened, { column: 'client_id', value: id, ended: revoked })
  show(terminal, options, {
    json: { ...clientJson({ ...registered, client: changed }), ...told.json },
    text: `Client ${id} is changed. ${told.sentence}`,
  })
}

/** RFC 6749 §4.4, as `add` says it. */
function refusePublicClientCredentials({ id, authentication, grantTypes }: Client): void {
  if (authentication.kind !== 'none' || !grantTypes.includes('client_credentials')) return
  throw new Refusal(
    `Client ${id} is public and cannot have the client_credentials grant, since it has no secret to prove itself with.`,
  )
}

function keysFor({ id, authentication }: Client, path: string): ClientAuthentication {
  if (authentication.kind === 'keys') return { kind: 'keys', jwks: readJwks(path) }
  throw new Refusal(
    authentication.kind === 'none'
      ? `Client ${id} is public and has no keys: leave out --jwks.`
      : `Client ${id} proves itself by a secret: leave out --jwks, and \`auth clients rotate-secret ${id}\` gives it another.`,
  )
}
