import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readDotEnv } from './dot-env.ts'
import { readTextFile, UnreadableTextError } from './text-file.ts'

/** The settings of a process, and the folder that relative paths in them start from. */
export interface Environment {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Finds the root folder above a module: that of the workspace or, in an image, that of the package. Adds the `.env` file
 * there to the variables of the process, which take precedence. An empty variable counts as absent, so `NAME=` hides
 * nothing. Throws `ConfigError` for a file that cannot be read as intended.
 */
export function readEnvironment(
  processEnv: Readonly<Record<string, string | undefined>>,
  moduleDirectory: string,
): Environment {
  const root = findRoot(moduleDirectory)
  const env = readDotEnv(join(root, '.env'))
  for (const [name, value] of Object.entries(processEnv)) {
    if (value) env[name] = value
  }
  return { root, env }
}

/**
 * The text of a setting that may also come from a file: `NAME`, or the content of the file that `NAME_FILE` names,
 * without the line break at its end. `undefined` when neither is set. A problem is added to `problems`, in words for the
 * operator.
 */
export function readSecret(name: string, { root, env }: Environment, problems: string[]): string | undefined {
  const fileName = `${name}_FILE`
  const path = env[fileName]
  if (!path) return env[name] || undefined
  if (env[name]) problems.push(`${name} and ${fileName} are both set: keep one of them.`)

  try {
    return readTextFile(resolve(root, path)).replace(/\r?\n$/, '')
  } catch (error) {
    // Without the path: an operator who confused the two settings has put the secret there.
    if (error instanceof UnreadableTextError) problems.push(`${fileName} names a file that ${error.message}.`)
    else
      problems.push(
        `${fileName} names a file that cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      )
    return undefined
  }
}

function findRoot(moduleDirectory: string): string {
  let packageRoot: string | undefined
  for (let folder = moduleDirectory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
    if (packageRoot === undefined && existsSync(join(folder, 'package.json'))) packageRoot = folder
    if (folder === dirname(folder)) return packageRoot ?? moduleDirectory
  }
}
