import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readDotEnv } from './dot-env.ts'
import { readTextFile, UnreadableTextError } from './text-file.ts'

/** Where a process finds its settings, and where relative paths in them start. */
export interface Environment {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Finds the root above a module, the workspace's or in an image the package's own, and adds the `.env` file there to
 * the variables of the process, which win. An empty variable counts as absent, so `NAME=` hides nothing. Throws
 * `ConfigError` for a file that cannot be read as it was meant.
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
 * The text of a setting that may also come from a file: `NAME`, or the content of what `NAME_FILE` names, less the
 * line break at its end. `undefined` when neither is set. A problem is added to `problems`, in words for the operator.
 */
export function readSecret(name: string, { root, env }: Environment, problems: string[]): string | undefined {
  const fileName = `${name}_FILE`
  const path = env[fileName]
  if (!path) return env[name] || undefined
  if (env[name]) problems.push(`${name} and ${fileName} are both set: keep one of them.`)

  try {
    return readTextFile(resolve(root, path)).replace(/\r?\n$/, '')
  } catch (error) {
    // Without the path: whoever mistook the one setting for the other has put the secret there.
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
