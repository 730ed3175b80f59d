import { parseEnv } from 'node:util'
import { ConfigError } from './settings.ts'
import { readTextFile, UnreadableTextError } from './text-file.ts'

/** `NAME=value` where the value is not quoted and contains a `#` directly after another character. */
const UNQUOTED_HASH = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?!["'`])([^\s#][^#]*?)(?<=\S)#/

/**
 * A setting in the syntax of a Windows shell, YAML or JSON: `set NAME=`, `setx NAME`, `$env:NAME =`, `NAME: value`,
 * `"NAME": …`.
 */
const OTHER_SYNTAX =
  /^\s*(?:(?:[Ss][Ee][Tt]\s+"?|[Ss][Ee][Tt][Xx]\s+|\$[Ee]nv:)([A-Z][A-Z\d]*_[A-Z\d_]+)\b|["']?([A-Z][A-Z\d]*_[A-Z\d_]+)["']?\s*:)/

/**
 * Reads the variables of a `.env` file. Returns none when the file does not exist or is a folder, because container
 * engines create a folder for a missing mount. A `#` after a space begins a comment, as usual. A `#` inside an unquoted
 * value begins a comment for some readers of such files and not for others, so it is refused: otherwise a password could
 * be cut short. A setting in another syntax is refused too, because it would be ignored silently. Throws `ConfigError`.
 */
export function readDotEnv(file: string): Record<string, string | undefined> {
  const text = readText(file)
  const variables: Record<string, string | undefined> = parseEnv(text)
  const problems = text.split('\n').flatMap((line, index) => {
    const problem = lineProblem(line, variables)
    return problem === undefined ? [] : [`${file}, line ${index + 1}: ${problem}.`]
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return variables
}

function lineProblem(
  line: string,
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const [, name = '', start] = UNQUOTED_HASH.exec(line) ?? []
  // A match inside a quoted value of several lines is not such a line. Nothing was cut in that case.
  if (start !== undefined && variables[name] === start) {
    return `the value of ${name} holds a #: put the whole value in quotes`
  }

  const [, ofShell, ofDocument] = OTHER_SYNTAX.exec(line) ?? []
  const other = ofShell ?? ofDocument
  if (other === undefined || Object.values(variables).some((value) => value?.includes(line.trim()))) {
    return undefined
  }
  return `nothing is read from it: write ${other}=… and nothing before it`
}

function readText(file: string): string {
  try {
    return readTextFile(file)
  } catch (error) {
    if (error instanceof UnreadableTextError) throw new ConfigError([`${file} ${error.message}.`])
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR') return ''
    throw new ConfigError([`${file} cannot be read (${code}): let this user read it, or remove it.`])
  }
}
