import { describe, expect, it } from 'vitest'
import { matchesRedirectUri, redirectUriProblem } from './redirect-uri.ts'
import { httpsProblem, webAddressProblem } from './web-address.ts'

const NO_URI = 'must be an absolute URI'
const SCHEME =
  'must be https, or http on a loopback address, or have a scheme of its own with a dot, like com.example.app'
const DOTS = 'must not have a segment . or .. in its path, written out or encoded'

describe('a redirect URI', () => {
  it.each([
    'https://app.example.com/callback',
    'https://app.example.com',
    'https://app.example.com:8443/a/b;c=1/?state=%41&x=a.b/../c',
    'https://[2001:db8::1]/cb',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:0/cb',
    'http://[::1]:4000/cb',
    'http://localhost:3000/cb',
    'com.example.app:/cb',
    'com.example.app://cb/a@b',
    'https://app.example.com/a..b/...',
  ])('may be %s', (uri) => {
    expect(redirectUriProblem(uri)).toBeUndefined()
  })

  it.each([
    ['', NO_URI],
    ['/callback', NO_URI],
    ['app.example.com/cb', NO_URI],
    ['https://', NO_URI],
    ['https://app.example.com/a b', NO_URI],
    ['https://app.example.com/\n', NO_URI],
    ['https://app.example.com\\cb', NO_URI],
    ['https://app.example.com/é', NO_URI],
    ['https://app.example.com/%zz', NO_URI],
    ['https://app.example.com/<script>', NO_URI],
    ['https://app.example.com:99999/', NO_URI],
    ['https://app.example.com/#', 'must not have a fragment'],
    ['https://app.example.com/cb#x', 'must not have a fragment'],
    ['com.example.app:/cb#x', 'must not have a fragment'],
    ['https://user@app.example.com/', 'must not have a user name'],
    ['https://@app.example.com/', 'must not have a user name'],
    ['https://app.example.com:x@evil.example/', 'must not have a user name'],
    ['com.example.app://user@cb', 'must not have a user name'],
    ['https://app.example.com/a/../b', DOTS],
    ['https://app.example.com/a/..', DOTS],
    ['https://app.example.com/./b', DOTS],
    ['https://app.example.com/a/%2e%2E/b', DOTS],
    ['https://app.example.com/a/.%2e?x', DOTS],
    ['https://app.example.com/a%2F..%2fb', DOTS],
    ['https://app.example.com/a%5c..%5Cb', DOTS],
    ['com.example.app:/a/../b', DOTS],
    ['com.example.app:../b', DOTS],
    ['https:app.example.com/cb', 'must write its host as app.example.com'],
    ['https:///app.example.com/cb', 'must write its host as app.example.com'],
    ['https://App.example.com/cb', 'must write its host as app.example.com'],
    ['https://app.example.com%2eevil.example/cb', 'must write its host as app.example.com.evil.example'],
    ['http://127.1/cb', 'must write its host as 127.0.0.1'],
    ['http://2130706433/cb', 'must write its host as 127.0.0.1'],
    ['http://[0:0:0:0:0:0:0:1]/cb', 'must write its host as [::1]'],
    ['http://app.example.com/cb', SCHEME],
    ['http://127.0.0.1.example.com/cb', SCHEME],
    ['http://localhost.example.com/cb', SCHEME],
    ['https://*.example.com/cb', 'must name one host'],
    ["https://a;script-src'x'/cb", 'must name one host'],
    ['myapp:/cb', SCHEME],
    ['javascript:alert(1)', SCHEME],
    ['data:text/html,x', SCHEME],
    ['urn:ietf:wg:oauth:2.0:oob', SCHEME],
    ['.app:/cb', NO_URI],
    [`https://app.example.com/${'x'.repeat(2048)}`, 'must have 2048 characters at most'],
  ])('may not be %s', (uri, problem) => {
    expect(redirectUriProblem(uri)).toBe(problem)
  })
})

describe('a back-channel logout URI', () => {
  it.each(['https://app.example.com/logout', 'http://127.0.0.1:4000/logout', 'http://localhost/logout'])(
    'may be %s',
    (uri) => {
      expect(webAddressProblem(uri)).toBeUndefined()
    },
  )

  it.each([
    ['http://app.example.com/logout', 'must be https, or http on a loopback address'],
    ['com.example.app:/logout', 'must be https, or http on a loopback address'],
    ['https://app.example.com/#x', 'must not have a fragment'],
    ['https://user:secret@app.example.com/', 'must not have a user name'],
    ['logout', NO_URI],
  ])('may not be %s', (uri, problem) => {
    expect(webAddressProblem(uri)).toBe(problem)
  })
})

describe('the address of a logo', () => {
  it('is https', () => {
    expect(httpsProblem('https://app.example.com/logo.svg?v=2')).toBeUndefined()
  })

  it.each([
    ['http://127.0.0.1/logo.svg', 'must be https'],
    ['data:image/png;base64,AAAA', 'must be https'],
    ['https://user@app.example.com/logo.svg', 'must not have a user name'],
    ['https://a;b/logo.svg', 'must name one host'],
    ['https://app.example.com/"onload=\'x', NO_URI],
  ])('may not be %s', (uri, problem) => {
    expect(httpsProblem(uri)).toBe(problem)
  })
})

describe('a redirect URI of a request', () => {
  const REGISTERED = 'https://app.example.com/cb?tenant=1'

  it('is the registered one, character by character [RFC 9700 §2.1]', () => {
    expect(matchesRedirectUri(REGISTERED, REGISTERED)).toBe(true)
  })

  it.each([
    'https://app.example.com/cb',
    'https://app.example.com:443/cb?tenant=1',
    'https://app.example.com:8443/cb?tenant=1',
    'http://app.example.com/cb?tenant=1',
    'https://app.example.com/cb/?tenant=1',
    'https://app.example.com/CB?tenant=1',
    'HTTPS://app.example.com/cb?tenant=1',
    'https://APP.example.com/cb?tenant=1',
    'https://app.example.com./cb?tenant=1',
    'https://user@app.example.com/cb?tenant=1',
    'https://app.example.com@evil.example/cb?tenant=1',
    'https://app.example.com/cb?tenant=1#',
    'https://app.example.com/cb?tenant=1#x',
    'https://app.example.com/cb?tenant=1&x=2',
    'https://app.example.com/x/../cb?tenant=1',
    'https://app.example.com/%2e/cb?tenant=1',
    'https://app.example.com/x/%2e%2e/cb?tenant=1',
    'https://app.example.com/%63b?tenant=1',
    'https://app.example.com.evil.example/cb?tenant=1',
    'https://evil.example/?https://app.example.com/cb?tenant=1',
    ' https://app.example.com/cb?tenant=1',
    'https://app.example.com/cb?tenant=1\n',
    '',
  ])('is not %s', (presented) => {
    expect(matchesRedirectUri(REGISTERED, presented)).toBe(false)
  })

  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:65535/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1/cb'],
    ['http://[::1]:3000/cb?a=b', 'http://[::1]:1/cb?a=b'],
    ['http://127.0.0.1', 'http://127.0.0.1:51004'],
  ])('may have another port on a loopback address: %s, %s [RFC 8252 §7.3]', (registered, presented) => {
    expect(matchesRedirectUri(registered, presented)).toBe(true)
  })

  it.each([
    ['http://localhost:3000/cb', 'http://localhost:3001/cb'],
    ['https://127.0.0.1:3000/cb', 'https://127.0.0.1:3001/cb'],
    ['http://127.0.0.1:3000/cb', 'http://[::1]:3000/cb'],
    ['http://127.0.0.1:3000/cb', 'http://localhost:3000/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.2:3000/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.1:3000/cb'],
    ['http://127.0.0.1:3000/cb', 'https://127.0.0.1:3000/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:65536/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:0/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:03000/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3001@evil.example/cb'],
    ['http://127.0.0.1:3000/cb', 'http://user@127.0.0.1:3001/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1.evil.example/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3001/cb/'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3001/CB'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3001/cb#x'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3001/x/%2e%2e/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3001/cb\n'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3001/'],
    ['com.example.app:/cb', 'com.example.app://cb'],
  ])('is not another one there: %s, %s', (registered, presented) => {
    expect(matchesRedirectUri(registered, presented)).toBe(false)
  })
})
