import { createHash } from 'node:crypto'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { consentPage } from '../../src/http/pages/consent-page.ts'
import { errorPage } from '../../src/http/pages/error-page.ts'
import { formPostPage } from '../../src/http/pages/form-post-page.ts'
import { answerWithPage, type Page } from '../../src/http/pages/page.ts'
import { PAGE_SCRIPT } from '../../src/http/pages/page-script.ts'
import { selectAccountPage } from '../../src/http/pages/select-account-page.ts'
import { signInPage } from '../../src/http/pages/sign-in-page.ts'
import { signOutPage } from '../../src/http/pages/sign-out-page.ts'
import { galleryOf, ORDINARY, type Shown } from '../support/gallery.ts'
import { startTestServer } from '../support/test-server.ts'

const HOSTILE = `</title></style></script>'"><img src=x onerror=alert(1)>&amp;<%= it.t %>`

const HOSTILELY: Shown = {
  ...ORDINARY,
  displayName: HOSTILE,
  client: { name: HOSTILE, logoUri: 'https://logo.example.com/"><script>alert(1)</script>' },
  redirectUri: `https://notes.example.com/?"><script>alert(1)</script>`,
  authorizationRequest: HOSTILE,
  user: { username: HOSTILE, name: HOSTILE },
  resources: [HOSTILE],
  description: HOSTILE,
  detail: HOSTILE,
}

describe('a page', () => {
  it.each(Object.entries(galleryOf(HOSTILELY)))('escapes whatever it shows: %s', (name, show) => {
    const { html } = show('en')

    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&amp;amp;&lt;%= it.t %&gt;')
    expect(html).not.toMatch(/<img src=x|<script>|'"|it\.t(?! %&gt;)/)
    const loaded = [...html.matchAll(/<script [^>]*>/g)].map(([tag]) => tag)
    const scripted = name.startsWith('sign-in') || name === 'form-post'
    expect(loaded).toEqual(scripted ? [`<script src="${PAGE_SCRIPT.src}" defer>`] : [])
  })

  it.each(Object.entries(galleryOf(ORDINARY)))(
    'has a language, a title and one heading of it: %s',
    (_name, show) => {
      for (const language of ['en', 'ru'] as const) {
        const { html } = show(language)

        const [, title] = /<title>([^<]+)<\/title>/.exec(html)!
        expect(html).toMatch(new RegExp(`^<!doctype html>\n<html lang="${language}">`))
        expect([...html.matchAll(/<h1>([^<]*)<\/h1>/g)].map(([, heading]) => heading)).toEqual([title])
        expect(html).not.toMatch(/undefined|\[object|\son\w+=|style="/)
      }
    },
  )

  it('shows the logo of a client from its https address alone, else the first letter of its name', () => {
    const withLogo = (logoUri: string | undefined) =>
      signInPage({ ...ORDINARY, client: { name: 'élan', logoUri } }, 'en')

    const { html, csp } = withLogo('https://logo.example.com:8443/a?b=1&c')

    expect(html).toContain('<img class="logo" src="https://logo.example.com:8443/a?b=1&amp;c" alt=""')
    expect(csp.imgSrc).toEqual(['https://logo.example.com:8443'])
    for (const refused of [
      undefined,
      'http://a.example',
      'data:image/png,',
      'javascript:alert(1)',
      '/a',
      'https://a;sandbox',
      'https://a,b',
      'https://[::1]',
    ]) {
      const page = withLogo(refused)
      expect(page.html).toContain('<span class="logo" aria-hidden="true">É</span>')
      expect(page.csp.imgSrc).toEqual([])
    }
  })
})

describe('the sign-in page', () => {
  it('keeps the name after a failure and says what was wrong where the fields refer to', () => {
    const { html } = signInPage({ ...ORDINARY, username: 'al"ice', problem: 'wrong' }, 'en')

    expect(html).toContain('<div class="problem" id="problem" role="alert" tabindex="-1" autofocus>')
    expect(html).toContain(
      'name="username" value="al&quot;ice" autocomplete="username" autocapitalize="none" autocorrect="off" ' +
        'spellcheck="false" required aria-describedby="problem" aria-invalid="true">',
    )
    expect(html).toContain('autocomplete="current-password"')
    expect([...html.matchAll(/autofocus/g)]).toHaveLength(1)
  })

  it('says how long to wait, in words', () => {
    const waiting = (retryAfter: number, language: 'en' | 'ru') =>
      signInPage({ ...ORDINARY, problem: 'throttled', retryAfter }, language).html

    expect(waiting(1, 'en')).toContain('Try again in 1 second.')
    expect(waiting(61, 'en')).toContain('Try again in 2 minutes.')
    expect(waiting(22, 'ru')).toContain('Время ожидания — 22 секунды.')
    expect(waiting(3601, 'ru')).toContain('Время ожидания — 2 часа.')
  })

  it('begins at the password when the name is known', () => {
    expect(signInPage(ORDINARY, 'en').html).toMatch(/id="username" [^>]* autofocus>/)
    expect(signInPage({ ...ORDINARY, username: 'alice' }, 'en').html).toMatch(
      /id="password" [^>]* autofocus>/,
    )
  })
})

describe('the consent page', () => {
  it('says what is asked in the words of the resource, else in ours, else by the value', () => {
    const items = [{ value: 'email' }, { value: 'email', text: 'Write to you' }, { value: 'toString' }]

    const { html } = consentPage({ ...ORDINARY, items, resources: [] }, 'en')

    expect([...html.matchAll(/<li>([^<]*)<\/li>/g)].map(([, text]) => text)).toEqual([
      'See your email address',
      'Write to you',
      'Use the permission “toString”',
    ])
  })

  it('names the resources, with spaces between', () => {
    const { html } = consentPage({ ...ORDINARY, items: [], resources: ['urn:a', 'urn:b'] }, 'en')

    const [, said] = /<p class="soft">(This applies.*)<\/p>/.exec(html)!
    expect(said!.replaceAll(/<[^>]+>/g, '')).toBe('This applies to urn:a, urn:b.')
  })

  it('says where both answers lead', () => {
    const leading = (redirectUri: string) =>
      consentPage({ ...ORDINARY, redirectUri, items: [], resources: [] }, 'en').html

    expect(leading('https://notes.example.com:444/cb')).toContain(
      'Either way you go back to notes.example.com:444.',
    )
    expect(leading('com.example.notes:/cb')).toContain(
      'Either way you go back to the application on this device.',
    )
  })
})

describe('the policy of a page', () => {
  it.each([
    ['https://app.example.com:444/cb', "'self' https://app.example.com:444"],
    ['http://127.0.0.1:8080/cb', "'self' http://127.0.0.1:8080"],
    // A policy cannot name an address of IPv6, nor a host that would end its directive.
    ['http://[::1]:8080/cb', "'self' http:"],
    ['https://a;script-src/', "'self' https:"],
    ['com.example.app:/cb', "'self' com.example.app:"],
  ])('lets a form lead to us and to %s', async (redirectUri, sources) => {
    const { csp } = selectAccountPage({ ...ORDINARY, redirectUri }, 'en')

    expect(csp).toEqual({ formAction: sources.split(' '), imgSrc: [], scriptSrc: [] })
  })

  it('lets a browser load its style, its logo and our script, and nothing else', async () => {
    const client = { name: 'Notes', logoUri: 'https://logo.example.com/a.png' }

    const { status, headers, html } = await answer(signInPage({ ...ORDINARY, client }, 'en'), 400)

    const style = createHash('sha256')
      .update(/<style>(.*)<\/style>/s.exec(html)![1]!)
      .digest('base64')
    expect(status).toBe(400)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy':
        `default-src 'none'; style-src 'sha256-${style}'; img-src data: https://logo.example.com; script-src 'self'; ` +
        "base-uri 'none'; form-action 'self' https://notes.example.com; frame-ancestors 'none'",
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(headers).not.toHaveProperty('cross-origin-opener-policy')
  })

  it('has no script, logo or form where the page has none', async () => {
    const { headers } = await answer(
      errorPage({ displayName: 'Example', problem: 'expired', requestId: 'req_1' }, 'en'),
      400,
    )

    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^ ]+'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    )
  })

  it('lets an authorization response go to the client alone, and a sign-out to us', () => {
    const { redirectUri, displayName, user } = ORDINARY

    expect(formPostPage({ redirectUri, fields: {} }, 'en').csp.formAction).toEqual([
      'https://notes.example.com',
    ])
    expect(signOutPage({ displayName, user, fields: {} }, 'en').csp.formAction).toEqual(["'self'"])
  })
})

describe('the script of the pages', () => {
  it('can be cached for ever under an address that changes with it', async () => {
    const { issuer } = await startTestServer()

    const response = await fetch(issuer + PAGE_SCRIPT.src)

    expect(PAGE_SCRIPT.src).toMatch(/^\/page-script\/[\w-]{16}$/)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await response.text()).toBe(PAGE_SCRIPT.text)
  })

  it('is not there under the address of another version', async () => {
    const server = await startTestServer()

    expect(await server.get('/page-script/0123456789abcdef')).toMatchObject({
      status: 404,
      body: { error: 'invalid_request', error_description: 'There is nothing at this address.' },
    })
  })
})

async function answer(page: Page, status: number) {
  const app = new Koa().use((ctx) => answerWithPage(ctx, page, status))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
  const html = await response.text()
  server.close()
  return { status: response.status, headers: Object.fromEntries(response.headers), html }
}
