import type { KnownParameter } from '../../oauth/parameters.ts'

const once = (name: string, longest = 1024): KnownParameter => ({ name, occurs: 'once', longest })

/** The parameters the token endpoint knows, for every grant: RFC 6749 §4, RFC 7521 §4.2, RFC 7636 §4.5, RFC 8707 §2. */
export const TOKEN_PARAMETERS: readonly KnownParameter[] = [
  once('grant_type'),
  once('client_id', 200),
  once('client_secret'),
  once('client_assertion', 8192),
  once('client_assertion_type'),
  once('scope'),
  once('username', 200),
  once('password'),
  once('code'),
  once('redirect_uri', 2048),
  once('code_verifier'),
  once('refresh_token'),
  { name: 'resource', occurs: 'often', longest: 2048 },
]
