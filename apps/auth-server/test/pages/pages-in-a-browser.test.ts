import type { AddressInfo } from 'node:net'
import { type Browser, HAS_BROWSER, launchBrowser, type Page, readAxe } from '@countersign/test-tools/browser'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Language } from '../../src/http/languages/choose-language.ts'
import { answerWithPage } from '../../src/http/pages/page.ts'
import { PAGE_SCRIPT } from '../../src/http/pages/page-script.ts'
import { galleryOf, LONG, ORDINARY, type Shown } from '../support/gallery.ts'

const NAMES = Object.keys(galleryOf(ORDINARY))
const PHONE = { width: 320, height: 640 }
const axe = HAS_BROWSER ? readAxe() : ''

/** Serves a gallery at /{language}/{page}, and answers its forms with what they sent. */
async function startGallery(shown: Shown): Promise<string> {
  const gallery = galleryOf(shown)
  const app = new Koa().use(async (ctx) => {
    const [, language, name] = ctx.path.split('/')
    if (ctx.method === 'POST') {
      ctx.body = `${ctx.get('origin')} ${Buffer.concat(await ctx.req.toArray()).toString()}`
    } else if (ctx.path === PAGE_SCRIPT.src) {
      ctx.type = 'text/javascript'
      ctx.body = PAGE_SCRIPT.text
    } else {
      answerWithPage(ctx, gallery[name!]!(language as Language), 200)
    }
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.skipIf(!HAS_BROWSER)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser?.close())

  const openPage = async (options: Parameters<Browser['newPage']>[0]): Promise<Page> => {
    const page = await browser.newPage(options)
    onTestFinished(() => page.close())
    return page
  }

  it.each([
    ['en', 'light', 'loaded'],
    ['ru', 'dark', 'loaded'],
    ['ru', 'light', 'missing'],
    ['en', 'dark', 'missing'],
  ] as const)(
    'every page is good for everybody: %s, %s, script %s',
    async (language, colorScheme, script) => {
      const gallery = await startGallery(ORDINARY)
      const page = await openPage({ colorScheme, viewport: PHONE })
      const complaints = complaintsOf(page)
      if (script === 'missing') await page.route('**/page-script/*', (route) => route.fulfill({ body: '' }))

      for (const name of NAMES.filter((one) => one !== 'form-post' || script === 'missing')) {
        await page.goto(`${gallery}/${language}/${name}`)
        await page.evaluate(axe)

        expect({ name, found: await page.evaluate(FIND_FAULTS) }).toEqual({ name, found: [] })
      }
      expect(complaints).toEqual([])
    },
    60_000,
  )

  it('no page has to be scrolled sideways, however long its words', async () => {
    for (const [shown, language] of [
      [LONG, 'en'],
      [ORDINARY, 'ru'],
    ] as const) {
      const gallery = await startGallery(shown)
      const page = await openPage({ viewport: PHONE })

      for (const name of NAMES.filter((one) => one !== 'form-post')) {
        await page.goto(`${gallery}/${language}/${name}`)

        expect({ name, low: await page.evaluate(FIND_LOW), width: await page.evaluate(WIDTH) }).toEqual({
          name,
          low: [],
          width: 320,
        })
      }
    }
  }, 60_000)

  it('shows the password on request, and hides it before it is sent', async () => {
    const page = await openPage({})
    await page.goto(`${await startGallery(ORDINARY)}/en/sign-in`)
    await page.waitForSelector('#username:focus')
    await page.keyboard.type('alice')
    await page.fill('#password', 'secret & more')

    await page.click('text=Show')
    const shown = await page.getAttribute('#password', 'type')
    const label = await page.getAttribute('#show-password', 'aria-label')
    await page.press('#password', 'Enter')

    expect([shown, label]).toEqual(['text', 'Hide password'])
    await page.waitForURL('**/authorize')
    expect(await page.textContent('body')).toBe(
      `${new URL(page.url()).origin} authorization_request=${ORDINARY.authorizationRequest}&username=alice&password=secret+%26+more&action=sign_in`,
    )
  })

  it('signs in, and cancels without the password, where scripts are off', async () => {
    const gallery = await startGallery(ORDINARY)
    const page = await openPage({ javaScriptEnabled: false })

    await page.goto(`${gallery}/en/sign-in-hinted`)
    expect(await page.isVisible('#show-password')).toBe(false)
    await page.fill('#password', 'secret')
    await page.click('text=Cancel')

    expect(await page.textContent('body')).toBe(
      `${gallery} authorization_request=${ORDINARY.authorizationRequest}&action=cancel`,
    )
  })

  it('has the focus on what went wrong', async () => {
    const page = await openPage({})

    await page.goto(`${await startGallery(ORDINARY)}/en/sign-in-wrong`)

    expect(await page.waitForSelector('#problem:focus')).toBeTruthy()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.id')).toBe('username')
  })

  it.each([true, false])(
    'posts an authorization response to the client, scripts: %s',
    async (javaScriptEnabled) => {
      const detail = `a"'<&`
      const client = await startGallery(ORDINARY)
      const gallery = await startGallery({ ...ORDINARY, redirectUri: `${client}/callback`, detail })
      const page = await openPage({ javaScriptEnabled })

      await page.goto(`${gallery}/en/form-post`)
      if (!javaScriptEnabled) await page.click('text=Continue')
      await page.waitForURL(`${client}/callback`)

      const [, sent] = (await page.textContent('body'))!.split(' ')
      expect(Object.fromEntries(new URLSearchParams(sent))).toEqual({
        code: detail,
        state: detail,
        [detail]: '',
        iss: 'https://auth.example.com',
      })
    },
  )
})

/** What a browser complains about: violations of the page's policy, requests that failed, errors of any kind. */
function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => void complaints.push(message.text()))
  page.on('pageerror', (error) => void complaints.push(String(error)))
  page.on('requestfailed', (request) => void complaints.push(`failed: ${request.url()}`))
  return complaints
}

// What runs in the browser is a text: this project has no types for one.

const FIND_FAULTS = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`

const WIDTH = 'document.documentElement.scrollWidth'

/** What is pressed and lower than a finger needs (WCAG 2.2 §2.5.5). */
const FIND_LOW = `[...document.querySelectorAll('button:not([hidden]), .field input')]
  .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)`
