import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The fields of a manifest that are read here. */
interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly license?: string
}

/** The license notices for these modules: the name, the license and its text for every third-party package. */
export function noticesOf(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((module) => packageOf(module) ?? []))
  const notices = [...folders].map(noticeOf)
  return `What is bundled here besides our own code.\n\n${[...new Set(notices)].sort().join('\n')}`
}

/** The folder of the package that a module belongs to; `undefined` for our own modules and those of the bundler. */
function packageOf(module: string): string | undefined {
  return /^(?!\0).*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(module)?.[0]
}

function noticeOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const files = readdirSync(folder).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name))
  const texts = files.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim())
  return [`== ${manifest.name} ${manifest.version} (${manifest.license})`, ...texts, ''].join('\n\n')
}
