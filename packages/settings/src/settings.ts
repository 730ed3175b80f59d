import type { z } from 'zod'
import { type Environment, readSecret } from './environment.ts'
import { visible } from './visible.ts'

/** One setting: how its text is parsed, and how it is documented. */
export interface Setting<T> {
  readonly schema: z.ZodType<T, string>
  readonly description: string
  /** The value when the setting is absent, written as in the environment. */
  readonly default?: string
  /** How the documentation describes a default that depends on something else. */
  readonly defaultInWords?: string
  /** A secret may also come from the file that `NAME_FILE` names. */
  readonly secret?: true
}

export type Settings = Readonly<Record<string, Setting<unknown>>>

/** The values of settings. Only a setting without a default may be `undefined`. */
export type SettingValues<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends { schema: z.ZodType<infer T, string> }
    ? S[Name] extends { default: string }
      ? T
      : T | undefined
    : never
}

/** All problems with the settings at once, in words for the operator. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(['The settings do not fit:', ...problems.map((problem) => `  - ${visible(problem)}`)].join('\n'))
    this.problems = problems
  }
}

/**
 * Reads settings from an environment. An empty one counts as absent. Every problem is added to `problems`, in words that
 * name the setting, and the value of that setting is `undefined`: check `problems` before you use the values. No problem
 * repeats a value, because a secret may have been set under the wrong name.
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

  // The type follows from the table: each value is the output of its own setting's schema.
  return Object.fromEntries(values) as SettingValues<S>
}

/** The names in an environment that have our prefix but are not settings. Most likely they are misspelled. */
export function unknownSettings(settings: Settings, { env }: Environment, prefix: string): readonly string[] {
  const known = Object.entries(settings).flatMap(([name, { secret }]) =>
    secret ? [name, `${name}_FILE`] : [name],
  )
  return Object.keys(env).filter((name) => name.startsWith(prefix) && !known.includes(name))
}
