import { formatScope } from '@countersign/shared'
import type { Command } from 'commander'
import { changeResource } from '../../domain/authorizations/change-registration.ts'
import { listClientRecords } from '../../domain/clients/client-store.ts'
import type { AccessTokenType, Resource } from '../../domain/resources/resource.ts'
import { findResources } from '../../domain/resources/resource-store.ts'
import type { Database } from '../../storage/database.ts'
import { addCommand } from '../command.ts'
import { withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { Refusal } from '../output/refusal.ts'
import { tellCount, withProgress } from '../output/revoked.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { gather, gatherScope } from './client-options.ts'
import { assertNamesSomething, replacing } from './replacing.ts'
import { parseTokenType, refuseUnknownIntrospectors } from './resource-options.ts'
import { resourceInWords, resourceJson } from './show-resource.ts'

interface SetResourceOptions extends OutputOptions {
  readonly scope?: readonly string[]
  readonly introspector?: readonly string[]
  readonly tokenType?: AccessTokenType
}

/** `auth resources set`: replaces what is given, and revokes what carries a scope value that was taken away. */
export function addSetResource(resources: Command, terminal: Terminal): void {
  addCommand(resources, {
    usage: 'set <audience>',
    summary: 'Change what a resource knows; what is not named stays, and what carries too much ends',
    example: 'auth resources set https://api.example.com --scope profile',
  })
    .option(
      '--scope <values>',
      'in place of the scope values it knows; may be repeated, and empty for none',
      replacing(gatherScope),
    )
    .option(
      '--introspector <client>',
      'in place of the clients that may ask about its access tokens; may be repeated, and empty for none',
      replacing(gather),
    )
    .option(
      '--token-type <type>',
      'how its access tokens are typed from now on: at+jwt, or JWT',
      parseTokenType,
    )
    .action((audience: string, options: SetResourceOptions) => {
      assertNamesSomething(options, ['--scope', '--introspector', '--token-type'])
      return setResource(terminal, audience, options)
    })
}

async function setResource(terminal: Terminal, audience: string, options: SetResourceOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const change = async (current: Resource, transaction: Database) => {
      await refuseUnknownIntrospectors(transaction, options.introspector ?? [])
      const changed = {
        ...current,
        scope: options.scope ?? current.scope,
        introspectors: options.introspector ?? current.introspectors,
        tokenType: options.tokenType ?? current.tokenType,
      }
      await refuseOrphans(transaction, current, changed)
      return changed
    }

    const outcome = await withProgress(terminal, opened, (revoking) =>
      changeResource(opened.db, { audience, change }, revoking),
    )
    if (!outcome) throw new Refusal('There is no such resource: `auth resources list` shows those there are.')
    const { changed, revoked } = outcome
    logEvent(terminal, 'resource_changed', { audience, authorizationsEnded: revoked })
    await noteBootstrapFile(terminal, opened, { noun: 'resource', name: audience })
    show(terminal, options, {
      json: { ...resourceJson(changed), authorizations_ended: revoked },
      text: `Resource ${audience} now knows ${resourceInWords(changed)}. ${tellCount(revoked)}`,
    })
  })
}

/** A scope value that a client is registered for must be known to one of its audiences, as when it was added. */
async function refuseOrphans(transaction: Database, before: Resource, after: Resource): Promise<void> {
  const lost = before.scope.filter((value) => !after.scope.includes(value))
  if (lost.length === 0) return
  for (const { client } of await listClientRecords(transaction)) {
    if (!client.audiences.includes(after.audience)) continue
    const others = client.audiences.filter((audience) => audience !== after.audience)
    const known = (await findResources(transaction, others)).flatMap((resource) => resource.scope)
    const orphans = lost.filter((value) => client.scope.includes(value) && !known.includes(value))
    if (orphans.length === 0) continue
    throw new Refusal(
      `Client ${client.id} is registered for ${formatScope(orphans)}, which no other audience of it knows: \`auth clients set ${client.id} --scope …\` takes that away first.`,
    )
  }
}
