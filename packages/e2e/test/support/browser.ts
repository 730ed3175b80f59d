import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, CHROMIUM_PACKAGE, chromium, driver, inflate } from '@countersign/test-tools/browser'
import { onTestFinished } from 'vitest'

/** True where the package brings a browser: elsewhere the tests that need one are skipped. */
export const HAS_BROWSER = process.platform === 'linux' && process.arch === 'x64'

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

/** Opens a real Chromium; it ends with the test. */
export async function openBrowser(): Promise<Browser> {
  const home = await unpack()
  const browser = await driver.launch({
    executablePath: join(home, 'chromium'),
    args: [...chromium.args.filter((arg) => !NOT_FOR_US.includes(arg)), '--no-sandbox'],
    env: {
      ...process.env,
      // Libraries and fonts come along as well: the machine need not have any.
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(home, 'fonts'),
    },
  })
  onTestFinished(() => browser.close())
  return browser
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
