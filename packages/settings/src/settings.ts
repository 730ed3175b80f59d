import type { z } from 'zod'
import { type Environment, readSecret } from './environment.ts'
import { visible } from './visible.ts'

/** One setting: how its text is read, and what its documentation says. */
export interface Setting<T> {
  readonly schema: z.ZodType<T, string>
  readonly description: string
  /** What holds when the setting is absent, written as one would set it. */
  readonly default?: string
  /** What the documentation says of the default where it follows from something else. */
  readonly defaultInWords?: string
  /** A secret may also come from the file that `NAME_FILE` names. */
  readonly secret?: true
}

export type Settings = Readonly<Record<string, Setting<unknown>>>

/** The values of settings: `undefined` only for one that has no default. */
export type SettingValues<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends { schema: z.ZodType<infer T, string> }
    ? S[Name] extends { default: string }
      ? T
      : T | undefined
    : never
}

/** All that is wrong with the settings, at once, in words for the operator. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(['The settings do not fit:', ...problems.map((problem) => `  - ${visible(problem)}`)].join('\n'))
    this.problems = problems
  }
}

/**
 * Reads settings from an environment. An empty one counts as absent. Every problem is added to `problems`, in words
 * that name the setting, and its value is then `undefined`: look at `problems` before trusting the values. No problem
 * repeats a value: a secret may have been put under the wrong name.
 */
export function readSettings<S extends Settings>(
  settings: S,
  environment: Environment,
  problems: string[],
): SettingValues<S> {
  const values = Object.entries(settings).map(([name, setting]) => {
    const given = setting.secret ? readSecret(name, environment, problems) : environment.env[name]
    const text = given || setting.default
    if (text === undefined) return [name, undefined]

    const result = setting.schema.safeParse(text)
    if (result.success) return [name, result.data]

    const because = result.error.issues.map((issue) => issue.message).join(', ')
    problems.push(`${name} ${because}.`)
    return [name, undefined]
  })

  // The type follows from the table: each value came out of its own setting's schema.
  return Object.fromEntries(values) as SettingValues<S>
}

/** The names in an environment that begin like settings of ours and are none: most likely written wrong. */
export function unknownSettings(settings: Settings, { env }: Environment, prefix: string): readonly string[] {
  const known = Object.entries(settings).flatMap(([name, { secret }]) =>
    secret ? [name, `${name}_FILE`] : [name],
  )
  return Object.keys(env).filter((name) => name.startsWith(prefix) && !known.includes(name))
}
