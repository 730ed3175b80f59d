/**
 * The protocol names and the pure rules that the authorization server, resource servers and clients must agree on. It has
 * no dependencies, does no I/O and reads no clock except in `systemClock`.
 */
export type { AccessTokenClaims } from './access-token-claims.ts'
export { parseAge } from './age.ts'
export { audienceProblem } from './audience.ts'
export { type BearerCredentials, MAX_ACCESS_TOKEN_BYTES, parseBearer } from './bearer.ts'
export { certificateProblem } from './certificate-problem.ts'
export type { IntrospectionResponse } from './introspection-response.ts'
export { isOnLoopback, issuerProblem } from './issuer.ts'
export { formatScope, isScopeValue, parseScope } from './scope.ts'
export {
  AUTHORIZATION_SERVER_METADATA_PATH,
  type AuthorizationServerMetadata,
  OPENID_CONFIGURATION_PATH,
  PROTECTED_RESOURCE_METADATA_PATH,
  type ProtectedResourceMetadata,
  protectedResourceMetadataUrl,
} from './server-metadata.ts'
export {
  decodeStatusList,
  encodeStatusList,
  STATUS_LIST_SIZE,
  type StatusClaim,
  type StatusListClaims,
  type StatusListReference,
} from './status-list.ts'
export { type Clock, type Seconds, systemClock } from './time.ts'
export type { ErrorResponse, TokenResponse } from './token-response.ts'
export type { UserProfile } from './user-profile.ts'
export { isVisibleText } from './visible-text.ts'
