import { HAS_BROWSER, type Page } from '@countersign/test-tools/browser'
import { describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { translate } from './support/curl.ts'
import { TEST_TIMEOUT_MS } from './support/processes.ts'
import { createFixture, runBoth } from './support/servers.ts'

/** What a browser complains about: violations of the page's policy, requests that failed, errors of any kind. */
function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => void complaints.push(message.text()))
  page.on('pageerror', (error) => void complaints.push(String(error)))
  page.on('requestfailed', (request) => void complaints.push(`failed: ${request.url()}`))
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  return complaints
}

describe.skipIf(!HAS_BROWSER)('in a browser', () => {
  it('the pages of both servers load without a complaint, on a phone and in the dark', {
    timeout: 3 * TEST_TIMEOUT_MS,
  }, async () => {
    const fixture = await createFixture()
    await runBoth(fixture)
    const browser = await openBrowser()

    for (const url of [fixture.authServer, fixture.resourceServer]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 360, height: 740 } })
        const complaints = complaintsOf(page)
        await page.goto(url, { waitUntil: 'networkidle' })

        expect(complaints).toEqual([])
        const seen = await page.evaluate(LOOK)
        expect(seen).toEqual({
          title: expect.stringMatching(/^Countersign (authorization|resource) server$/),
          language: 'en',
          // The style has been let in, and nothing has to be scrolled sideways.
          font: '16px',
          overflows: false,
          background: colorScheme === 'dark' ? 'dark' : 'light',
        })
        await page.close()
      }
    }
  })

  it('a style that the policy does not know is kept out', { timeout: 2 * TEST_TIMEOUT_MS }, async () => {
    const fixture = await createFixture()
    await runBoth(fixture)
    const page = await (await openBrowser()).newPage()
    const complaints = complaintsOf(page)
    await page.goto(fixture.authServer)

    await page.evaluate(
      "document.head.append(Object.assign(document.createElement('style'), { textContent: 'h1 { color: red }' }))",
    )

    expect(complaints).toEqual([
      expect.stringContaining('violates the following Content Security Policy directive'),
    ])
  })
})

/** Runs in the browser, so it is a text: this project has no types for one. */
const LOOK = `({
  title: document.title,
  language: document.documentElement.lang,
  font: getComputedStyle(document.body).fontSize,
  overflows: document.documentElement.scrollWidth > innerWidth,
  background: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
})`

/** What a page gives to paste. */
function linesOf(html: string): readonly string[] {
  return [...html.matchAll(/<pre><code>(.*)<\/code>/g)].map(([, line]) =>
    line!.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
  )
}

describe('the page of each server', () => {
  it('links to what is there, says how the server is, and has lines that work as they are', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    const fixture = await createFixture()
    await runBoth(fixture)

    for (const url of [fixture.authServer, fixture.resourceServer]) {
      const html = await (await fetch(url)).text()
      const links = [...html.matchAll(/ href="(\/[^"]*|http[^"]*)"/g)].map(([, link]) => new URL(link!, url))
      const statuses = await Promise.all(links.map(async (link) => (await fetch(link)).status))

      expect(links.length).toBeGreaterThan(3)
      expect(statuses).toEqual(links.map(() => 200))
      expect(html).toContain('<p class="status">It is ready.</p>')
      const lines = linesOf(html)
      expect(lines).toHaveLength(2)
      if (url === fixture.authServer) {
        // The one that the start prints as well, token and all.
        expect(await translate(lines[1]!)).toMatchObject({ username: 'alice' })
      }
      expect(await translate(lines[0]!)).toMatchObject(
        url === fixture.authServer ? { token_type: 'Bearer' } : { resource: fixture.resourceServer },
      )
    }
  })

  it('names every endpoint of the metadata', { timeout: TEST_TIMEOUT_MS }, async () => {
    const fixture = await createFixture()
    await runBoth(fixture)

    const metadata = await translate(`curl ${fixture.authServer}/.well-known/oauth-authorization-server`)
    const html = await (await fetch(fixture.authServer)).text()

    const paths = Object.values(metadata as Record<string, unknown>)
      .filter((value) => typeof value === 'string' && value.startsWith(`${fixture.authServer}/`))
      .map((value) => new URL(String(value)).pathname)
    expect(paths.length).toBeGreaterThan(3)
    expect(paths.filter((path) => !html.includes(path))).toEqual([])
  })
})
