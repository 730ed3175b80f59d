import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium as driver } from 'playwright-core'

export type { Browser, Page } from 'playwright-core'

/** True where the package brings a browser: elsewhere the tests that need one are skipped. */
export const HAS_BROWSER: boolean = process.platform === 'linux' && process.arch === 'x64'

/** What finds in a page what keeps people out (WCAG): a script that defines `axe`. */
export const readAxe = (): string =>
  readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Where the package of Chromium for Linux is. */
const CHROMIUM_PACKAGE = fileURLToPath(new URL('..', import.meta.resolve('@sparticuz/chromium')))

/**
 * The package is made for servers that open one trusted page: what it gives up for that is just what we look at, and in
 * a single process a second window hangs.
 */
const NOT_FOR_US = [
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
]

/** Launches a real Chromium; whoever does so closes it. */
export async function launchBrowser(): Promise<Browser> {
  const home = await unpack()
  return driver.launch({
    executablePath: join(home, 'chromium'),
    args: [...chromium.args.filter((arg) => !NOT_FOR_US.includes(arg)), '--no-sandbox'],
    env: {
      ...process.env,
      // Libraries and fonts come along as well: the machine need not have any.
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_FILE: nameFonts(home),
    },
  })
}

/** Says where the fonts are: what comes along names the folders of a server elsewhere, and without fonts a text has no width. */
function nameFonts(home: string): string {
  const file = join(home, 'fonts.conf')
  const folders = `<dir>${join(home, 'fonts')}</dir><cachedir>${join(home, 'fonts-cache')}</cachedir>`
  writeFileSync(file, `<fontconfig>${folders}</fontconfig>`)
  return file
}

/** Unpacks the browser once, in one step for all to see: two tests may want it at once, and an unpacking may be cut off. */
async function unpack(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(CHROMIUM_PACKAGE, 'package.json'), 'utf8'))
  const home = join(tmpdir(), `countersign-chromium-${version}`)
  if (existsSync(home)) return home

  const { TMPDIR } = process.env
  const unpacking = mkdtempSync(`${home}-`)
  process.env.TMPDIR = unpacking
  try {
    await chromium.executablePath()
    await inflate(join(CHROMIUM_PACKAGE, 'bin', 'al2023.tar.br'))
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
  try {
    renameSync(unpacking, home)
  } catch {
    // Another was faster.
    rmSync(unpacking, { recursive: true })
  }
  return home
}
