import { isDeepStrictEqual } from 'node:util'
import { audienceProblem, formatScope } from '@countersign/shared'
import type { Command } from 'commander'
import { changeResource } from '../../domain/authorizations/change-registration.ts'
import { deleteResource } from '../../domain/authorizations/revoke-authorizations.ts'
import { ACCESS_TOKEN_TYPES, type AccessTokenType, type Resource } from '../../domain/resources/resource.ts'
import {
  findResources,
  listResources,
  saveResource,
  updateResource,
} from '../../domain/resources/resource-store.ts'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import { addCommand, assertNamesSomething, gather, gatherScope, replacing } from '../command.ts'
import { withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { resourceInWords, resourceJson } from '../output/records.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'
import { tellCount, withProgress } from '../output/revoked.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { refuseOrphans, refuseUnknownIntrospectors } from './resource-rules.ts'
import { descriptionsOf, gatherDescription, type ScopeDescriptions } from './scope-descriptions.ts'

const DESCRIBE =
  'what a scope value means, for whoever is asked for consent; may be repeated, and empty for none'

/** `auth resources …`: the resource servers that tokens are for. */
export function addCommands(resources: Command, terminal: Terminal): void {
  declareAdd(resources, terminal)
  addCommand(resources, {
    usage: 'list',
    summary: 'List all resources',
    example: 'auth resources list',
  }).action((options: OutputOptions) => list(terminal, options))
  declareSet(resources, terminal)
  addCommand(resources, {
    usage: 'delete <audience>',
    summary: 'Delete a resource that no client names, and end all that was opened for it',
    example: 'auth resources delete https://api.example.com',
  }).action((audience: string, options: OutputOptions) => remove(terminal, audience, options))
}

async function list(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db }) => {
    const resources = await listResources(db)
    show(terminal, options, {
      json: resources.map(resourceJson),
      text:
        resources.length === 0
          ? 'There are no resources: `auth resources add` adds one.'
          : [
              ['AUDIENCE', 'SCOPE', 'INTROSPECTORS'],
              ...resources.map((one) => [one.audience, formatScope(one.scope), one.introspectors.join(' ')]),
            ],
    })
  })
}

async function remove(terminal: Terminal, audience: string, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const [resource] = await findResources(opened.db, [audience])
    const outcome = await withProgress(terminal, opened, (revoking) =>
      deleteResource(opened.db, audience, revoking),
    )
    if (outcome.kind === 'in_use') {
      throw new Refusal(
        `The resource ${audience} is named by ${outcome.clientIds.join(', ')}: \`auth clients set --audience\` or \`auth clients delete\` comes first.`,
      )
    }
    // A resource that is not found may have been deleted by a command that was stopped while it revoked authorizations.
    if (!resource && outcome.revoked === 0) {
      throw new Refusal('There is no such resource: `auth resources list` shows those there are.')
    }
    logEvent(terminal, 'resource_deleted', { audience, authorizationsRevoked: outcome.revoked })
    await noteBootstrapFile(terminal, opened, { noun: 'resource', name: audience })
    show(terminal, options, {
      json: {
        ...resourceJson(
          resource ?? { audience, scope: [], introspectors: [], tokenType: 'at+jwt', descriptions: {} },
        ),
        authorizations_ended: outcome.revoked,
      },
      text: `Resource ${audience} is deleted. ${tellCount(outcome.revoked)}`,
    })
  })
}

interface AddResourceOptions extends OutputOptions {
  readonly scope: readonly string[]
  readonly introspector: readonly string[]
  readonly tokenType?: AccessTokenType
  readonly describe?: ScopeDescriptions
}

/** `auth resources add`: adds a resource, or adds to one that exists. */
function declareAdd(resources: Command, terminal: Terminal): void {
  addCommand(resources, {
    usage: 'add <audience>',
    summary: 'Add a resource, or scope values and introspectors to one that is there',
    example: 'auth resources add https://api.example.com --scope "profile orders:read"',
  })
    .option('--scope <values>', 'scope values it knows; may be repeated', gatherScope, [])
    .option(
      '--introspector <client>',
      'a client that may ask about its access tokens; may be repeated',
      gather,
      [],
    )
    .option('--token-type <type>', 'how its access tokens are typed: at+jwt, or JWT', parseTokenType)
    .option('--describe <value=text>', DESCRIBE, gatherDescription)
    .action((audience: string, options: AddResourceOptions) => add(terminal, audience, options))
}

async function add(terminal: Terminal, audience: string, options: AddResourceOptions): Promise<void> {
  const problem = audienceProblem(audience)
  if (problem !== undefined) throw new Refusal(`The audience ${problem}.`)

  await withDatabase(terminal, async (opened) => {
    const { db } = opened
    const { resource, existed } = await withLock(db, 'registration', async (transaction) => {
      const [existing] = await findResources(transaction, [audience])
      await refuseUnknownIntrospectors(transaction, options.introspector)
      const scope = [...new Set([...(existing?.scope ?? []), ...options.scope])]
      const added: Resource = {
        audience,
        introspectors: [...new Set([...(existing?.introspectors ?? []), ...options.introspector])],
        scope,
        tokenType: options.tokenType ?? existing?.tokenType ?? 'at+jwt',
        descriptions: descriptionsOf(options.describe ?? {}, {
          scope,
          descriptions: existing?.descriptions ?? {},
        }),
      }
      if (!existing) await saveResource(transaction, added, { demo: 0 })
      else if (!isDeepStrictEqual(added, existing)) await updateResource(transaction, added)
      else {
        throw new Refusal(`There is a resource ${audience} already, with this scope and these introspectors.`)
      }
      return { resource: added, existed: existing !== undefined }
    })
    logEvent(terminal, existed ? 'resource_changed' : 'resource_added', { audience })
    await noteBootstrapFile(terminal, opened, { noun: 'resource', name: audience })
    show(terminal, options, {
      json: resourceJson(resource),
      text: `Resource ${audience} ${existed ? 'now knows' : 'is added, with'} ${resourceInWords(resource)}.`,
    })
  })
}

interface SetResourceOptions extends OutputOptions {
  readonly scope?: readonly string[]
  readonly introspector?: readonly string[]
  readonly tokenType?: AccessTokenType
  readonly describe?: ScopeDescriptions
}

/** `auth resources set`: replaces what is given, and revokes the authorizations that carry a removed scope value. */
function declareSet(resources: Command, terminal: Terminal): void {
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
    .option('--describe <value=text>', DESCRIBE, gatherDescription)
    .action((audience: string, options: SetResourceOptions) => {
      assertNamesSomething(options, ['--scope', '--introspector', '--token-type', '--describe'])
      return set(terminal, audience, options)
    })
}

async function set(terminal: Terminal, audience: string, options: SetResourceOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const change = async (current: Resource, transaction: Database) => {
      await refuseUnknownIntrospectors(transaction, options.introspector ?? [])
      const scope = options.scope ?? current.scope
      const changed = {
        ...current,
        scope,
        introspectors: options.introspector ?? current.introspectors,
        tokenType: options.tokenType ?? current.tokenType,
        descriptions: descriptionsOf(options.describe ?? {}, { ...current, scope }),
      }
      await refuseOrphans(transaction, current, changed)
      return changed
    }

    const outcome = await withProgress(terminal, opened, (revoking) =>
      changeResource(opened.db, { audience, change }, revoking),
    )
    if (!outcome) throw new Refusal('There is no such resource: `auth resources list` shows those there are.')
    const { changed, revoked } = outcome
    logEvent(terminal, 'resource_changed', { audience, authorizationsRevoked: revoked })
    await noteBootstrapFile(terminal, opened, { noun: 'resource', name: audience })
    show(terminal, options, {
      json: { ...resourceJson(changed), authorizations_ended: revoked },
      text: `Resource ${audience} now knows ${resourceInWords(changed)}. ${tellCount(revoked)}`,
    })
  })
}

function parseTokenType(text: string): AccessTokenType {
  const tokenType = ACCESS_TOKEN_TYPES.find((type) => type === text)
  if (tokenType === undefined)
    throw new WrongUse(`--token-type must be one of ${ACCESS_TOKEN_TYPES.join(', ')}.`)
  return tokenType
}
