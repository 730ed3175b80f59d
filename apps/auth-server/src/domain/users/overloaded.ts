import { OAuthError } from '../../oauth/error.ts'

/** More passwords than can be hashed in the time anybody would wait. */
export function overloaded(): OAuthError {
  return new OAuthError('overloaded', 'Too many people are signing in at once: try again in a few seconds.', {
    retryAfter: 5,
  })
}
