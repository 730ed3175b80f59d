import { findResources } from '../../domain/resources/resource-store.ts'
import { isIssuerScope } from '../../oauth/issuer-scope.ts'
import type { Database } from '../../storage/database.ts'
import { Refusal } from '../output/refusal.ts'

/** Refuses an audience that is not a resource of this server, and a scope value that none of the audiences knows. */
export async function refuseUnregistered(
  db: Database,
  { audience, scope }: { readonly audience: readonly string[]; readonly scope: readonly string[] },
): Promise<void> {
  const resources = await findResources(db, audience)
  const known = new Set(resources.map((resource) => resource.audience))
  const missing = audience.findIndex((one) => !known.has(one))
  if (missing >= 0) {
    throw new Refusal(
      `There is no resource for --audience${placeIn(audience, missing)}: \`auth resources add\` adds it.`,
    )
  }

  // Every audience knows the values of the issuer.
  const isKnown = (value: string) =>
    isIssuerScope(value) || resources.some((resource) => resource.scope.includes(value))
  const unknown = scope.findIndex((value) => !isKnown(value))
  if (unknown < 0) return
  const which = `The scope value${placeIn(scope, unknown)}`
  const [first] = audience
  throw new Refusal(
    first === undefined
      ? `${which} belongs to a resource: name that with --audience.`
      : `${which} is known to no audience of this client: \`auth resources add ${first} --scope …\` adds it.`,
  )
}

/** Says which of several values is meant, without repeating the value: it may be a secret. */
export function placeIn(values: readonly string[], index: number): string {
  return values.length === 1 ? '' : ` number ${index + 1}`
}
