import { createHash } from 'node:crypto'
import Koa from 'koa'
import { expect, it } from 'vitest'
import { pageEndpoint } from '../src/index.ts'
import { startApp } from './support/start-app.ts'

const startPage = (name: string) => {
  const page = pageEndpoint({
    title: 'A & B',
    template: '<h1>Hello <%= it.name %></h1>',
    data: () => ({ name }),
  })
  return startApp(new Koa().use(page))
}

it('escapes whatever it inserts', async () => {
  const url = await startPage('<script>alert("1")</script>')

  const text = await (await fetch(url)).text()

  expect(text).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(text).toContain('<title>A &amp; B</title>')
  expect(text).toContain('<h1>Hello &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</h1>')
})

it('lets a browser load nothing but its own style, and nobody frame it', async () => {
  const url = await startPage('you')

  const response = await fetch(url)

  const style = /<style>(.*)<\/style>/s.exec(await response.text())?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-security-policy':
      `default-src 'none';style-src 'sha256-${hash}';img-src data:;` +
      "base-uri 'none';form-action 'none';frame-ancestors 'none'",
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'private, no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
  expect(response.headers.has('strict-transport-security')).toBe(false)
})

it('answers HEAD with the same headers and nothing else', async () => {
  const url = await startPage('you')

  const [head, get] = await Promise.all([fetch(url, { method: 'HEAD' }), fetch(url)])

  expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
  expect(await head.text()).toBe('')
})
