import { describe, expect, it } from 'vitest'
import { AccessTokenError, type AccessTokenErrorCode } from '../error.ts'
import { challenge } from './challenge.ts'

const resourceMetadata = 'https://api.example.com/.well-known/oauth-protected-resource'

describe('a challenge', () => {
  it('names a bad token as invalid_token and says where to learn more [RFC 6750 §3.1, RFC 9728 §5.1]', () => {
    const error = new AccessTokenError('expired', 'This access token has expired: get a new one.')

    expect(challenge(error, { resourceMetadata })).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate': `Bearer error="invalid_token", error_description="This access token has expired: get a new one.", resource_metadata="${resourceMetadata}"`,
      },
      body: {
        error: 'invalid_token',
        error_description: 'This access token has expired: get a new one.',
      },
    })
  })

  it('has no error code when there was no token [RFC 6750 §3.1]', () => {
    expect(challenge(new AccessTokenError('missing', 'Send a token.'), { resourceMetadata })).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate': `Bearer resource_metadata="${resourceMetadata}"`,
      },
      body: { error_description: 'Send a token.' },
    })
  })

  it('is the scheme alone when there is nothing to add [RFC 9110 §11.3]', () => {
    expect(challenge(new AccessTokenError('missing', 'Send a token.')).headers).toEqual({
      'cache-control': 'no-store',
      'www-authenticate': 'Bearer',
    })
  })

  it('names the scope that is needed [RFC 6750 §3]', () => {
    const error = new AccessTokenError('insufficient_scope', 'Too little.', { requiredScope: ['a', 'b'] })

    expect(challenge(error, { resourceMetadata })).toEqual({
      status: 403,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate': `Bearer error="insufficient_scope", error_description="Too little.", scope="a b", resource_metadata="${resourceMetadata}"`,
      },
      body: { error: 'insufficient_scope', error_description: 'Too little.' },
    })
  })

  it.each(['keys_unavailable', 'status_unavailable'] as const)(
    'of %s is a 503 that says when to come back, and asks for no other token [RFC 9110 §15.6.4]',
    (code) => {
      expect(challenge(new AccessTokenError(code, 'Away.', { retryAfter: 3 }), { resourceMetadata })).toEqual(
        {
          status: 503,
          headers: { 'cache-control': 'no-store', 'retry-after': '3' },
          body: { error: 'temporarily_unavailable', error_description: 'Away.' },
        },
      )
    },
  )

  it('of an outage that does not say how long is for 5 seconds', () => {
    expect(challenge(new AccessTokenError('status_unavailable', 'Away.')).headers['retry-after']).toBe('5')
  })

  it.each<[AccessTokenErrorCode, number, string | undefined]>([
    ['missing', 401, undefined],
    ['invalid_request', 400, 'invalid_request'],
    ['malformed', 401, 'invalid_token'],
    ['too_large', 401, 'invalid_token'],
    ['unknown_key', 401, 'invalid_token'],
    ['bad_signature', 401, 'invalid_token'],
    ['wrong_algorithm', 401, 'invalid_token'],
    ['wrong_type', 401, 'invalid_token'],
    ['wrong_issuer', 401, 'invalid_token'],
    ['wrong_audience', 401, 'invalid_token'],
    ['expired', 401, 'invalid_token'],
    ['not_yet_valid', 401, 'invalid_token'],
    ['revoked', 401, 'invalid_token'],
    ['insufficient_scope', 403, 'insufficient_scope'],
    ['keys_unavailable', 503, 'temporarily_unavailable'],
    ['status_unavailable', 503, 'temporarily_unavailable'],
  ])('of %s has status %i and error %s', (code, status, error) => {
    const answer = challenge(new AccessTokenError(code, 'A sentence.'))

    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ ...(error ? { error } : {}), error_description: 'A sentence.' })
  })

  it('keeps quotes, backslashes and foreign characters out of a description [RFC 6750 §3]', () => {
    const error = new AccessTokenError('malformed', 'a "b" \\ é\r\nx: y')

    expect(challenge(error)).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate': `Bearer error="invalid_token", error_description="a 'b' ? ???x: y"`,
      },
      body: { error: 'invalid_token', error_description: `a 'b' ? ???x: y` },
    })
  })

  it('escapes what stands between quotes [RFC 9110 §5.6.4]', () => {
    const options = { resourceMetadata: 'https://api.example.com/a"b\\c\n' }

    expect(challenge(new AccessTokenError('missing', 'Send a token.'), options).headers).toEqual({
      'cache-control': 'no-store',
      'www-authenticate': 'Bearer resource_metadata="https://api.example.com/a\\"b\\\\c?"',
    })
  })
})

describe('an access token error', () => {
  it('carries its evidence, cut to what fits in a log line', () => {
    const cause = new Error('why')
    const error = new AccessTokenError('unknown_key', 'Unknown.', { actual: 'k'.repeat(900), cause })

    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'AccessTokenError',
      code: 'unknown_key',
      message: 'Unknown.',
      actual: 'k'.repeat(200),
      cause,
    })
  })
})
