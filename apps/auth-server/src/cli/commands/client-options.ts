import { parseScope } from '@countersign/shared'
import { findResources } from '../../domain/resources/resource-store.ts'
import { GRANT_TYPES, type GrantType } from '../../oauth/grant-type.ts'
import type { Database } from '../../storage/database.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'
import type { Terminal } from '../output/terminal.ts'

/** What `auth clients add` was asked to register. */
export interface ClientOptions {
  readonly public?: true
  /** The file with its public keys. */
  readonly jwks?: string
  readonly grant: readonly GrantType[]
  readonly scope: readonly string[]
  readonly audience: readonly string[]
}

/** Gathers `--grant`. One that this server does not offer is wrong use. */
export function gatherGrant(value: string, gathered: readonly GrantType[]): readonly GrantType[] {
  const grant = GRANT_TYPES.find((type) => type === value)
  if (grant === undefined) throw new WrongUse(`--grant must be one of ${GRANT_TYPES.join(', ')}.`)
  return gathered.includes(grant) ? gathered : [...gathered, grant]
}

/** Gathers `--scope`, whose value may hold several scope values. */
export function gatherScope(value: string, gathered: readonly string[]): readonly string[] {
  const values = parseScope(value)
  if (!values) throw new WrongUse('--scope must be scope values with one space between them.')
  return [...new Set([...gathered, ...values])]
}

/** Gathers an option that may be given more than once. */
export function gather(value: string, gathered: readonly string[]): readonly string[] {
  return gathered.includes(value) ? gathered : [...gathered, value]
}

/** RFC 6749 §4.4: a public client proves nothing, so anybody could be it. */
export function refusePublicClientCredentials({ public: isPublic, grant }: ClientOptions): void {
  if (!isPublic || !grant.includes('client_credentials')) return
  throw new Refusal(
    'A public client cannot have the client_credentials grant, since it has no secret to prove itself with: leave out --public.',
  )
}

/** Refuses an audience that is no resource of ours, and a scope value that none of the audiences knows. */
export async function refuseUnregistered(db: Database, { audience, scope }: ClientOptions): Promise<void> {
  const resources = await findResources(db, audience)
  const known = new Set(resources.map((resource) => resource.audience))
  const missing = audience.findIndex((one) => !known.has(one))
  if (missing >= 0) {
    throw new Refusal(
      `There is no resource for --audience${placeIn(audience, missing)}: \`auth resources add\` adds it.`,
    )
  }

  const unknown = scope.findIndex((value) => !resources.some((resource) => resource.scope.includes(value)))
  if (unknown < 0) return
  const which = `The scope value${placeIn(scope, unknown)}`
  const [first] = audience
  throw new Refusal(
    first === undefined
      ? `${which} belongs to a resource: name that with --audience.`
      : `${which} is known to no audience of this client: \`auth resources add ${first} --scope …\` adds it.`,
  )
}

/** Which of several was meant, without repeating it: nobody knows yet that it is no secret. */
function placeIn(values: readonly string[], index: number): string {
  return values.length === 1 ? '' : ` number ${index + 1}`
}

/** What an operator should know of a client that is allowed but not advised, or cannot do anything yet. */
export function adviseOnClient({ note }: Terminal, { grant, audience }: ClientOptions): void {
  if (grant.includes('password')) {
    note(
      'Note: with the password grant, the client sees the password of every user who signs in, and no second factor can be asked ' +
        'for. RFC 9700 §2.4 says it must not be used: keep it to programs of your own, and to tests.\n',
    )
  }
  if (grant.length === 0) note('Note: without a --grant, this client cannot get tokens.\n')
  else if (audience.length === 0) note('Note: without an --audience, this client cannot get tokens.\n')
}
