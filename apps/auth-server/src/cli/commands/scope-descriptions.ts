import { descriptionProblem, type Resource } from '../../domain/resources/resource.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'

/** Texts by scope value; an empty one takes a text away. */
export type ScopeDescriptions = Readonly<Record<string, string>>

/** Collects `--describe`. What is no scope value and text is wrong use. */
export function gatherDescription(text: string, gathered: ScopeDescriptions = {}): ScopeDescriptions {
  const at = text.indexOf('=')
  if (at < 1) {
    throw new WrongUse(
      '--describe must be a scope value and a text, like --describe "orders:read=See your orders".',
    )
  }
  return { ...gathered, [text.slice(0, at)]: text.slice(at + 1) }
}

/**
 * What a resource says of its scope values after a change of either. A value it does not know any more takes its text with
 * it. Throws `Refusal` for a value that it does not know, and for a text that is not valid.
 */
export function descriptionsOf(
  given: ScopeDescriptions,
  { scope, descriptions }: Pick<Resource, 'scope' | 'descriptions'>,
): ScopeDescriptions {
  for (const [value, text] of Object.entries(given)) {
    if (!scope.includes(value))
      throw new Refusal('--describe names a scope value that the resource does not know.')
    const problem = text === '' ? undefined : descriptionProblem(text)
    if (problem !== undefined) throw new Refusal(`The text for ${value} ${problem}.`)
  }
  return Object.fromEntries(
    Object.entries({ ...descriptions, ...given }).filter(
      ([value, text]) => text !== '' && scope.includes(value),
    ),
  )
}
