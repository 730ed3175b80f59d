import { expect } from 'vitest'
import type { Settings } from './processes.ts'
import type { Secrets } from './secrets.ts'
import type { Fixture } from './servers.ts'

const FORM = 'application/x-www-form-urlencoded'

/** Everything a caller was answered, headers and all; what it was given on purpose is kept apart. */
export interface Exchange {
  readonly refusals: string[]
  readonly answers: string[]
}

/** Sends requests and keeps what comes back. */
export function createCaller({ authServer, resourceServer }: Fixture, secrets: Secrets) {
  const exchange: Exchange = { refusals: [], answers: [] }
  const send = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init)
    const text = await response.text()
    const whole = `${response.status} ${[...response.headers].join('\n')}\n\n${text}`
    exchange[response.ok ? 'answers' : 'refusals'].push(whole)
    return { status: response.status, text }
  }
  const post = (path: string, form: Record<string, string> | string, headers: Record<string, string> = {}) =>
    send(authServer + path, {
      method: 'POST',
      body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      headers: { 'content-type': FORM, ...headers },
    })
  /** Asks for tokens that have to be given, and remembers them. */
  const earn = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const { status, text } = await post('/token', form, headers)
    expect({ status, text }).toMatchObject({ status: 200 })
    const { access_token, refresh_token = '' } = JSON.parse(text) as Record<string, string>
    secrets.remember(`access token ${exchange.answers.length}`, access_token!)
    if (refresh_token) secrets.remember(`refresh token ${exchange.answers.length}`, refresh_token)
    return { accessToken: access_token!, refreshToken: refresh_token }
  }
  const readProfile = (authorization: string, query = '', headers: Record<string, string> = {}) =>
    send(`${resourceServer}/users/me${query}`, { headers: { authorization, ...headers } })
  return { exchange, send, post, earn, readProfile }
}

/** What sends requests and keeps what comes back. */
export type Caller = ReturnType<typeof createCaller>

/** Client credentials as a header (RFC 6749 §2.3.1). */
export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

/** Sign-ins that work and that do not, and passwords where they do not belong. */
export async function signInEveryWay(
  { post, send, earn }: Caller,
  fixture: Fixture,
  settings: Settings,
  secrets: Secrets,
) {
  const signIn = { grant_type: 'password', username: 'alice' }
  const right = { ...signIn, password: settings.USER_PASSWORD! }
  const wrong = secrets.mint('wrong password')

  await post('/token', { ...signIn, password: wrong })
  await post('/token', { ...right, username: 'nobody' })
  await post('/token', { ...right, client_id: 'nobody' })
  await post('/token', { ...right, scope: 'too much' })
  await post('/token', { ...signIn, password: wrong.repeat(3) })
  await post('/token', `${new URLSearchParams(right)}&password=${wrong}`)
  await post('/token', `${new URLSearchParams(right)}&x=%zz%00`)
  await post('/token', { ...right, padding: wrong.repeat(3000) })
  await post('/token', JSON.stringify(right), { 'content-type': 'application/json' })
  await post(`/token?${new URLSearchParams(right)}`, { ...signIn, password: '' })
  await send(`${fixture.authServer}/token?${new URLSearchParams(right)}`, {})
  await send(`${fixture.authServer}/${wrong}/${settings.USER_PASSWORD}`, {})
  return earn(right)
}

/** Client secrets, right, wrong, and in every place they may be found. */
export async function authenticateEveryWay({ post, earn }: Caller, settings: Settings, secrets: Secrets) {
  const grant = { grant_type: 'client_credentials' }
  const wrong = secrets.mint('wrong client secret')
  const right = settings.SERVICE_SECRET!

  await post('/token', grant, basic('service', wrong))
  await post('/token', { ...grant, client_id: 'service', client_secret: wrong })
  await post('/token', { ...grant, client_id: wrong, client_secret: right })
  await post('/token', { ...grant, client_id: 'service', client_secret: right }, basic('service', right))
  await post('/token', grant, { authorization: `Basic ${wrong}` })
  await post('/token', grant, { authorization: `Basic !${right}` })
  await post('/token', grant, { authorization: `basic  ${right}:${right}` })
  await post('/token', grant, { authorization: `Bearer ${right}` })
  await post('/introspect', { token: right }, basic('service', wrong))
  await post('/token', {
    ...grant,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${wrong}.${wrong}`,
  })
  return earn(grant, basic('service', right))
}

/** The life of tokens: refreshed, retried, reused, asked about, revoked, and shown to the resource server at each step. */
export async function spendTokens(
  { post, earn, readProfile }: Caller,
  fixture: Fixture,
  first: { refreshToken: string; accessToken: string },
  settings: Settings,
) {
  const service = basic('service', settings.SERVICE_SECRET!)
  const refresh = (refresh_token: string) => ({ grant_type: 'refresh_token', refresh_token })
  const { accessToken, refreshToken } = first

  await readProfile(`Bearer ${accessToken}`)
  await readProfile(`Bearer ${accessToken.slice(0, -8)}AAAAAAAA`)
  await readProfile(`Bearer ${accessToken} ${accessToken}`)
  await readProfile(`Bearer ${accessToken.slice(0, 90)}`)
  await readProfile(`Bearer ${accessToken.repeat(12)}`)
  await readProfile(accessToken)
  await readProfile('Bearer x', `?access_token=${accessToken}`)
  const hostile = {
    'x-request-id': refreshToken,
    cookie: `token=${accessToken}`,
    referer: `${fixture.authServer}/?t=${refreshToken}`,
    'user-agent': accessToken,
    'x-forwarded-for': refreshToken,
  }
  await readProfile(`Bearer ${refreshToken}`, '', hostile)

  const second = await earn(refresh(refreshToken), { 'x-request-id': refreshToken })
  await post('/token', refresh(refreshToken))
  const third = await earn(refresh(second.refreshToken))
  await post('/token', refresh(second.refreshToken), service)
  await post(`/token?refresh_token=${third.refreshToken}`, { grant_type: 'refresh_token' })
  await post('/token', { ...refresh(third.refreshToken), scope: 'too much' })
  for (const token of [third.accessToken, third.refreshToken, accessToken.slice(5)]) {
    await post('/introspect', { token }, service)
    await post('/introspect', { token })
    await post('/revoke', { token }, service)
  }
  await post('/token', refresh(refreshToken))
  await post('/token', refresh(third.refreshToken))
  await post('/revoke', { token: third.accessToken })
  await readProfile(`Bearer ${third.accessToken}`)
}
