import { CLIENT_PARAMETERS, type KnownParameter, once } from '../../oauth/parameters.ts'

/** The parameters the token endpoint knows, for every grant: RFC 6749 §4 and §6, RFC 7636 §4.5, RFC 8707 §2. */
export const TOKEN_PARAMETERS: readonly KnownParameter[] = [
  ...CLIENT_PARAMETERS,
  once('grant_type'),
  once('scope'),
  once('username', 200),
  once('password'),
  once('code'),
  once('redirect_uri', 2048),
  once('code_verifier'),
  once('refresh_token'),
  { name: 'resource', occurs: 'often', longest: 2048 },
  { name: 'audience', occurs: 'often', longest: 2048 },
]
